/**
 * Words that say nothing new wait for a line that does, at most for the next turn of the beat: the manager of a large cluster
 * then wakes once in a keepalive and not once for each peer. What wakes it costs more than what it reads.
 */
import type { NodeId } from '../types.ts'
import type { FromBeat } from './lines.ts'

export interface Hold {
  /** What is to be written now: nothing, or the line after all that waited. */
  pass(line: FromBeat): readonly FromBeat[]
  /** @param withinMs heartbeats may wait whose sender's manager has moved within that; undefined: nothing may. */
  calm(withinMs: number | undefined): readonly FromBeat[]
}

export function newHold(): Hold {
  const boots = new Map<NodeId, string>()
  let calmWithinMs: number | undefined
  let waiting: FromBeat[] = []

  function saysNothingNew(line: FromBeat): boolean {
    if (line.type !== 'heard') return false
    const { from, boot, sameReport, managerAgeMs } = line.heard
    const restarted = boots.get(from) !== boot
    if (restarted) boots.set(from, boot)
    return !restarted && sameReport === true && calmWithinMs !== undefined && managerAgeMs < calmWithinMs
  }

  function all(): readonly FromBeat[] {
    const lines = waiting
    waiting = []
    return lines
  }

  return {
    pass(line) {
      waiting.push(line)
      return saysNothingNew(line) ? [] : all()
    },
    calm(withinMs) {
      calmWithinMs = withinMs
      return withinMs === undefined ? all() : []
    },
  }
}
