/**
 * The tag of a heartbeat: 32 bytes HMAC-SHA256 over all before it, checked on the raw bytes before anything is parsed.
 * The datagram says only which key made it; there is one algorithm and one length, and no word on the wire changes that.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { keyIdOf, longestBytes, shortestBytes, tagBytes } from '../membership/packet.ts'
import type { BeatSettings } from './lines.ts'

export interface Keys {
  readonly send: number
  readonly secrets: ReadonlyMap<number, KeyObject>
}

export function readKeys({ send, secrets }: BeatSettings['keys']): Keys {
  const keys = Object.entries(secrets).map(
    ([id, hex]) => [Number(id), createSecretKey(Buffer.from(hex, 'hex'))] as const,
  )
  return { send, secrets: new Map(keys) }
}

/** The datagram to send: these bytes, made with key id `send`, and their tag. */
export function signed({ send, secrets }: Keys, bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, tag(secrets.get(send)!, bytes)])
}

export type Unsigned = 'short' | 'long' | 'not-tandem' | 'unknown-key' | 'wrong-key'

/** The bytes that were signed, or why they are not looked at. */
export function verified({ secrets }: Keys, datagram: Uint8Array): Uint8Array | { readonly refused: Unsigned } {
  if (datagram.length < shortestBytes) return { refused: 'short' }
  if (datagram.length > longestBytes) return { refused: 'long' }
  const keyId = keyIdOf(datagram)
  if (keyId === undefined) return { refused: 'not-tandem' }
  const secret = secrets.get(keyId)
  if (secret === undefined) return { refused: 'unknown-key' }
  const bytes = datagram.subarray(0, datagram.length - tagBytes)
  const given = datagram.subarray(datagram.length - tagBytes)
  return timingSafeEqual(tag(secret, bytes), given) ? bytes : { refused: 'wrong-key' }
}

const tag = (secret: KeyObject, bytes: Uint8Array): Buffer => createHmac('sha256', secret).update(bytes).digest()

/**
 * Proves with the keys in use that a right tag is accepted and a wrong one refused: a heartbeat that authenticates
 * nobody looks healthy until the day it matters (CVE-2022-2553).
 */
export function selfTest(keys: Keys, bytes: Uint8Array): string | undefined {
  const good = signed(keys, bytes)
  if ('refused' in verified(keys, good)) return 'a heartbeat signed with our own key is refused'
  const wrong: Keys = { send: keys.send, secrets: new Map([[keys.send, createSecretKey(randomBytes(32))]]) }
  if (!('refused' in verified(keys, signed(wrong, bytes)))) return 'a heartbeat signed with another key is accepted'
  const changed = Buffer.from(good)
  changed[changed.length - tagBytes - 1]! ^= 1
  if (!('refused' in verified(keys, changed))) return 'a changed heartbeat is accepted'
  return undefined
}
