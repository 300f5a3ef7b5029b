/** What resources need on a node where they do not run too: done after the start of the manager. */
import { type Bound, failed, type Host } from '../agents/agent.ts'
import { safely } from './safely.ts'

/** From one try to the next, where something is missing that somebody may mend. */
const againMs = 30_000

/** Each once, until it is well; what hinders it is told once. Returns how to end it. */
export function prepareAll(bounds: readonly Bound[], host: Host): () => void {
  const preparing = bounds.filter(({ prepare }) => prepare !== undefined)
  const cancels = preparing.map(() => () => {})
  let ended = false
  const prepare = async (bound: Bound, at: number, told: string | undefined): Promise<void> => {
    const outcome = await safely(() => host.alone(bound.resource, () => bound.prepare!(host)), failed)
    if (outcome.ok || ended) return
    if (outcome.why !== told) host.note(`${bound.resource}: ${outcome.why}`)
    cancels[at] = host.clock.after(againMs, () => void prepare(bound, at, outcome.why))
  }
  preparing.forEach((bound, at) => void prepare(bound, at, undefined))
  return () => {
    ended = true
    for (const cancel of cancels) cancel()
  }
}
