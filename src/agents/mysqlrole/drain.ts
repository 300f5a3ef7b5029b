/** Applies what a replica has received, before it is cut off from its source: the obvious order loses all of it. */
import { type Facts, look } from './facts.ts'
import { reached } from './gtids.ts'
import { brokenBecause, type Replica } from './replica.ts'
import { salvage } from './salvage.ts'
import type { Session } from './session.ts'
import { statementsFor } from './statements.ts'
import { type Pair, pause, say } from './talk.ts'
import { isDrained } from './verdict.ts'

/** Up to a place of a source that answers, or all that was received of one that is dead. */
export type Target = { readonly to: string } | 'received'

export type DrainStep = 'drained' | 'wait' | 'start-applier' | 'start-replica' | 'salvage' | { readonly wrong: string }

/**
 * What to do next. Both threads stopped is the dangerous place: MariaDB with GTIDs deletes the relay log when either of
 * them is started then, so it is read by other means first. A thread that is there is never stopped here.
 */
export function nextStep(facts: Facts, replica: Replica, target: Target): DrainStep {
  const broken = brokenBecause(replica)
  if (broken !== undefined) return { wrong: broken }
  if (target !== 'received') {
    if (reached(facts.flavour, facts.at, target.to)) return 'drained'
    if (replica.receiver === 'stopped') return 'start-replica'
    return replica.applier === 'stopped' ? 'start-applier' : 'wait'
  }
  if (replica.applier === 'stopped') {
    const deletes = facts.flavour === 'MariaDB' && replica.usesGtid
    return replica.receiver === 'stopped' && deletes ? 'salvage' : 'start-applier'
  }
  return isDrained(facts, replica) ? 'drained' : 'wait'
}

const lookAgainMs = 50

/** undefined: done. Otherwise why not; nothing has been stopped then. */
export async function drain(pair: Pair, session: Session, target: Target): Promise<string | undefined> {
  const untilMs = pair.host.clock.nowMs() + pair.wanted.drainMs
  for (;;) {
    const facts = await look(session)
    if (facts.replica === undefined) return 'it was made no replica meanwhile'
    const step = nextStep(facts, facts.replica, target)
    if (step === 'drained') return undefined
    if (typeof step === 'object') return step.wrong
    const statements = statementsFor(facts.version)
    if (step === 'salvage') return salvage(pair, session, facts)
    if (step === 'start-applier') await say(session, statements.startApplier)
    if (step === 'start-replica') await say(session, statements.startReplica)
    if (pair.host.clock.nowMs() >= untilMs) return lateText(pair, facts, target)
    await pause(pair, lookAgainMs)
  }
}

function lateText({ wanted }: Pair, { applied, replica }: Facts, target: Target): string {
  const goal = target === 'received' ? `${replica!.received} received` : `${target.to} to reach`
  return `it has not applied what it received within drain_timeout ${wanted.drainMs / 1_000} s (${applied || 'nothing'} applied, ${goal})`
}
