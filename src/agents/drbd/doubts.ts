/**
 * A tool that hangs says nothing of the disk. While the child that follows DRBD's events says that the resource is primary, a
 * look that cannot tell is for status and no failure: to act on it would stop what runs, and by a tool that hangs as well.
 */
import type { Seen } from '../agent.ts'
import type { Operation } from './call.ts'
import { judgeRunning } from './judge.ts'
import { look } from './look.ts'
import type { DrbdProblem } from './report.ts'
import { isUp } from './state.ts'

export interface Looks {
  look(operation: Operation, name: string): Promise<Seen>
  /** What the last looks could not tell. */
  problems(): readonly DrbdProblem[]
  /** It does not run here any more: nobody looks. */
  forget(): void
}

/** What hangs in the kernel cannot be killed: no more of them than that. */
const againMs = 30_000

export function newLooks(): Looks {
  const doubts = new Map<string, { readonly why: string; readonly againAtMs: number }>()

  return {
    async look(operation, name) {
      const { clock } = operation.host
      const known = doubts.get(name)
      const before = known && clock.nowMs() < known.againAtMs ? asTold(operation, name) : undefined
      if (before !== undefined) return before
      const seen = await look(operation, name)
      if (!('unknown' in seen)) {
        doubts.delete(name)
        return judgeRunning(name, seen.state)
      }
      const told = asTold(operation, name)
      if (told === undefined) return { status: 'unknown', why: seen.unknown }
      doubts.set(name, { why: seen.unknown, againAtMs: clock.nowMs() + againMs })
      return told
    },
    problems: () => [...doubts].map(([name, { why }]) => problem(name, why)),
    forget: () => doubts.clear(),
  }
}

/** undefined: its events are not followed, or say that it does not run. */
function asTold({ host: { drbd } }: Operation, name: string): Seen | undefined {
  const state = drbd.following ? drbd.states().get(name) : undefined
  const seen = judgeRunning(name, isUp(state) ? state : undefined)
  return seen.status === 'stopped' ? undefined : seen
}

const problem = (name: string, why: string): DrbdProblem => ({
  level: 'error',
  code: 'DRBD',
  text: `what DRBD does with ${name} cannot be asked (${why}): it goes on, and what is shown of it is what was told last`,
  fix: 'see what hangs: ps -eo pid,stat,wchan:30,args | grep drbd; dmesg | grep drbd',
})
