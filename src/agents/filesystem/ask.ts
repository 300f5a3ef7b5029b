import type { Host } from '../agent.ts'
import type { Ran } from '../ran.ts'

/** What a question is part of. */
export interface Occasion {
  /** As written. */
  readonly resource: string
  readonly action: 'start' | 'stop' | 'monitor'
}

/**
 * Runs a small Perl program, which every Debian has: it may touch what hangs, and is given up after the limit. Its log is
 * emptied now and then; an answer that fell into that moment is asked for once more.
 */
export async function ask(
  host: Host,
  { resource, action }: Occasion,
  program: string,
  args: readonly string[],
  timeoutMs = 10_000,
): Promise<Ran> {
  const request = { resource, action, file: 'perl', args: ['-e', program, '--', ...args], timeoutMs, graceMs: 500 }
  const ran = await host.run(request)
  return ran.ok && ran.output === '' ? host.run(request) : ran
}
