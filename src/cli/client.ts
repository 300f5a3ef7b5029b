/** One request to the daemon over its unix socket, and its answer. Nothing the other side does makes this hang. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { usualFolders } from '../daemon/folders.ts'
import { type Answer, type ExitCode, exit, type Request } from '../daemon/protocol.ts'

export const defaultRunDir = usualFolders.runDir

/** No honest line is longer: 100 groups of 100 resources make about 1 MB. */
const longestLine = 8 * 1024 * 1024

export type Reply =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly code: ExitCode; readonly why: string }

export interface AskOptions {
  /** From now to the last line of the answer. */
  readonly timeoutMs: number
  /** Called with each progress line. */
  readonly onNote?: (note: string) => void
}

/**
 * Sends one request and waits for the line that says `done`. Who may not open control.sock may still read from
 * monitor.sock. Code 3: no daemon; 4: no permission; 5: no answer in time; 1: it answered nonsense or hung up.
 */
export async function ask(runDir: string, request: Request, options: AskOptions): Promise<Reply> {
  const first = await talk(join(runDir, 'control.sock'), runDir, request, options)
  const reading = request.verb === 'status' || request.verb === 'parameter' || request.verb === 'records'
  if (first.ok || first.code !== exit.refused || !reading) return first
  return talk(join(runDir, 'monitor.sock'), runDir, request, options)
}

function talk(path: string, runDir: string, request: Request, { timeoutMs, onNote }: AskOptions): Promise<Reply> {
  return new Promise(resolve => {
    const end = (reply: Reply): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const fail = (code: ExitCode, why: string): void => end({ ok: false, code, why })
    const timer = setTimeout(() => fail(exit.timedOut, noAnswer(request, timeoutMs)), timeoutMs)
    const socket = connect(path)
    let pending = ''
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const [code, why] = unreachable(error, path, runDir)
      fail(code, why)
    })
    socket.on('close', () => fail(exit.failed, 'the daemon hung up before it had answered; ask again: tandem status'))
    socket.on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n')
      pending = lines.pop() ?? ''
      if (pending.length > longestLine) return fail(exit.failed, nonsense(path, pending))
      for (const text of lines) {
        const line = parse(text)
        if (line === undefined) return fail(exit.failed, nonsense(path, text))
        if (line['done'] === true) return end({ ok: true, answer: line as unknown as Answer })
        if (typeof line['note'] === 'string') onNote?.(line['note'])
      }
    })
  })
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function unreachable(error: NodeJS.ErrnoException, path: string, runDir: string): [ExitCode, string] {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    const start =
      runDir === defaultRunDir
        ? 'start it with "systemctl start tandemd", or from a checkout "bin/tandemd --foreground"'
        : `start it with "tandemd --foreground --run-dir ${runDir}", or name another folder with --run-dir`
    return [exit.notRunning, `the daemon is not running here (nobody answers at ${path}): ${start}`]
  }
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return [exit.refused, `no permission for ${path}: run this as root, for instance with sudo`]
  return [exit.failed, `cannot talk to the daemon at ${path}: ${error.message}`]
}

function noAnswer(request: Request, timeoutMs: number): string {
  const after = `no answer from the daemon within ${timeoutMs / 1000} s`
  return request.verb === 'order'
    ? `${after}; the order may still be in progress: tandem status --watch`
    : `${after}; it may be blocked: see its log, and "systemctl restart tandemd" touches no resource`
}

function nonsense(path: string, text: string): string {
  return `what answers at ${path} does not speak our protocol: ${JSON.stringify(text.slice(0, 60))}`
}
