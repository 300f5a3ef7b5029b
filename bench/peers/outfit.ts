/** What a process of peers needs before it can speak: settings from the files of the real node, keys, sockets. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Keys, readKeys } from '../../src/beat/keys.ts'
import { readSettings } from '../../src/config/readSettings.ts'
import type { Settings } from '../../src/config/settings.ts'
import { hostFacts, readFiles, scriptFinder } from '../../src/daemon/readFiles.ts'

export function settingsOf(configDir: string, name: string): Settings {
  const found = readSettings(readFiles(configDir), hostFacts(configDir, scriptFinder(configDir), name))
  if (found.settings !== undefined) return found.settings
  throw new Error(`${name}: ${found.problems.map(({ file, line, text }) => `${file}:${line}: ${text}`).join('; ')}`)
}

export function keysOf({ keys }: Settings): Keys {
  const secrets = [...keys.secrets].map(([id, secret]) => [id, Buffer.from(secret).toString('hex')] as const)
  return readKeys({ send: keys.send, secrets: Object.fromEntries(secrets) })
}

export async function senderFrom(address: string): Promise<Socket> {
  const lookup = (to: string, _: unknown, found: (error: null, address: string, family: number) => void): void =>
    found(null, to, 4)
  const socket = createSocket({ type: 'udp4', lookup })
  const listening = once(socket, 'listening')
  socket.bind({ address, port: 0, exclusive: true })
  await listening
  socket.setBroadcast(true)
  return socket
}
