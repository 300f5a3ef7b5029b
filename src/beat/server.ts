/** The socket to the manager: one at a time, the newest wins. */
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { FromBeat } from './lines.ts'

export interface ManagerSocket {
  tell(lines: readonly FromBeat[]): void
  close(): void
}

export interface ManagerListener {
  onAttach(): void
  /** One line, without its end. */
  onLine(line: string): void
}

const longestLine = 256 * 1024
/**
 * A manager that does not read is cut off: it will come back, and be told what counts now. One that is only busy must not be: a
 * peer that starts a hundred groups says so two hundred times, 15 kB each, and fifteen of them may do so at once.
 */
const longestQueue = 32 * 1024 * 1024

/** Listens on RUN_DIR/beat.sock, 0600. Fails when another beat answers there. */
export async function listen(runDir: string, listener: ManagerListener): Promise<ManagerSocket> {
  const path = join(runDir, 'beat.sock')
  const pidFile = join(runDir, 'beat.pid')
  if (await answers(path)) throw new Error(`another tandem-beat answers on ${path}`)
  remove(path)
  let manager: Socket | undefined
  const server = createServer(socket => {
    manager?.destroy()
    manager = socket
    receive(socket, listener)
    socket.on('close', () => {
      if (manager === socket) manager = undefined
    })
    listener.onAttach()
  })
  await bind(server, path)
  writePid(pidFile)
  return {
    tell(lines) {
      if (lines.length === 0 || manager === undefined || manager.destroyed) return
      manager.write(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
      if (manager.writableLength > longestQueue) manager.destroy()
    },
    close() {
      server.close()
      manager?.destroy()
      remove(path)
      remove(pidFile)
    },
  }
}

/** The file is created with its final rights: there is no moment in which others could connect. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177)
    server.listen(path, () => {
      server.off('error', reject)
      server.on('error', error => process.stderr.write(`tandem-beat: ${path}: ${error.message}\n`))
      resolve()
    })
    process.umask(before)
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function receive(socket: Socket, listener: ManagerListener): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '' && !socket.destroyed) listener.onLine(line)
    if (rest.length > longestLine) {
      process.stderr.write(`tandem-beat: a line of the manager is longer than ${longestLine} characters: hung up\n`)
      socket.destroy()
    }
  })
}

function writePid(path: string): void {
  remove(path)
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644)
  writeSync(file, `${process.pid}\n`)
  closeSync(file)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
