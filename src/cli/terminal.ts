/** Where a command writes and what it may know of its surroundings; tests give their own. */
import type { ExitCode } from '../daemon/protocol.ts'

export interface Terminal {
  /** Writes to stdout as is. */
  readonly out: (text: string) => void
  /** Writes to stderr as is. */
  readonly err: (text: string) => void
  readonly isTty: boolean
  readonly columns: () => number
  readonly rows: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls back once, when the user presses Ctrl-C or the process is asked to end. */
  readonly whenInterrupted: (then: () => void) => void
}

/** Colour only on a terminal, and never where `--no-color` or NO_COLOR (https://no-color.org) asks for none. */
export function wantsColor(terminal: Terminal, asked: boolean): boolean {
  return asked && terminal.isTty && !terminal.env['NO_COLOR'] && terminal.env['TERM'] !== 'dumb'
}

/** Says why on stderr, and returns the exit code. */
export const failOn =
  (terminal: Pick<Terminal, 'err'>) =>
  (code: ExitCode, why: string): ExitCode => {
    terminal.err(`tandem: ${why}\n`)
    return code
  }
