/** A daemon that says what the test wants, and a terminal that remembers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import type { Request } from '../../src/daemon/protocol.ts'

export interface Shown {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Fake {
  readonly runDir: string
  /** What it was asked, oldest first. */
  readonly asked: Request[]
}

type Behaviour = (request: Request, socket: Socket) => void

/** Answers each request with these lines; what is not a string is sent as JSON. */
export function says(...lines: readonly unknown[]): Behaviour {
  return (_, socket) => {
    for (const line of lines) socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  }
}

/** Runs the body beside a fake daemon; everything is gone afterwards. */
export async function withDaemon<T>(behave: Behaviour, body: (fake: Fake) => Promise<T>, socketName = 'control.sock') {
  const runDir = mkdtempSync(join(tmpdir(), 'tandem-cli-'))
  const asked: Request[] = []
  const open = new Set<Socket>()
  const server = createServer(socket => {
    let pending = ''
    open.add(socket)
    socket.on('error', () => {})
    socket.on('data', data => {
      const lines = (pending + data).split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines) {
        const request = JSON.parse(line) as Request
        asked.push(request)
        behave(request, socket)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(join(runDir, socketName), resolve))
  try {
    return await body({ runDir, asked })
  } finally {
    for (const socket of open) socket.destroy()
    await new Promise(resolve => server.close(resolve))
    rmSync(runDir, { recursive: true, force: true })
  }
}

export interface Typed {
  readonly isTty?: boolean
  /** How wide the terminal is. Default 80. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  /** Calls back on each piece of output; `interrupt` is Ctrl-C. */
  readonly onOut?: (text: string, interrupt: () => void) => void
}

/** Types a command line; the first word is the name of the program. */
export async function type(words: readonly string[], typed: Typed = {}): Promise<Shown> {
  const { terminal, said } = newTerminal(typed)
  const [called = 'tandem', ...rest] = words
  const code = await run(called, rest, terminal)
  return { code, ...said }
}

/** One that is empty, and what has been said on it so far. */
export function newTerminal(typed: Typed = {}) {
  const said = { out: '', err: '' }
  let interrupt = (): void => {}
  const terminal: Terminal = {
    out: text => {
      said.out += text
      typed.onOut?.(text, () => interrupt())
    },
    err: text => {
      said.err += text
    },
    isTty: typed.isTty ?? false,
    columns: () => typed.columns ?? 80,
    rows: () => 24,
    env: typed.env ?? {},
    whenInterrupted: then => {
      interrupt = then
    },
  }
  return { terminal, said }
}
