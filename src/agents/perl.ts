import type { Host } from './agent.ts'
import type { Ran } from './ran.ts'

/** What a question is part of. */
export interface Occasion {
  /** As written. */
  readonly resource: string
  readonly action: 'start' | 'stop' | 'monitor'
  /** What the whole occasion may take, where that is less. */
  readonly withinMs?: number
}

/**
 * Runs a small Perl program, which every Debian has: it may touch what hangs, and is given up after the limit. Its log is
 * emptied now and then; an answer that fell into that moment is asked for once more.
 */
export async function ask(
  host: Host,
  { resource, action, withinMs = Number.POSITIVE_INFINITY }: Occasion,
  program: string,
  args: readonly string[],
  atMostMs = 10_000,
): Promise<Ran> {
  const timeoutMs = Math.min(atMostMs, withinMs)
  const request = { resource, action, file: 'perl', args: ['-e', program, '--', ...args], timeoutMs, graceMs: 500 }
  const ran = await host.run(request)
  return ran.ok && ran.output === '' ? host.run(request) : ran
}
