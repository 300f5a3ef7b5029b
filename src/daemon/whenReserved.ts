import { nextCounter } from '../cluster/state.ts'
import type { Cluster } from '../cluster.ts'
import { nowMs } from './clock.ts'

/** A disk that takes longer is told to whoever gave the order. */
const limitMs = 3_000

/** An order may need a new epoch, and the reservation of the next ones may just be on its way to the disk. */
export function whenReserved(state: () => Cluster, call: () => void): void {
  const untilMs = nowMs() + limitMs
  const look = (): void => {
    const c = state()
    const reserved = [...c.groups.values()].every(group => nextCounter(c, group.assignment) !== undefined)
    if (reserved || !c.disk.writable || nowMs() > untilMs) call()
    else setTimeout(look, 10)
  }
  look()
}
