/** Makes the database of this node the primary, or says why not. */
import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { drain } from './drain.ts'
import { type Facts, look } from './facts.ts'
import { samePlace } from './gtids.ts'
import { DatabaseError, type Session } from './session.ts'
import { type Statement, type Statements, statementsFor, tooOld } from './statements.ts'
import { databasesOf, lookAtOthers, type Pair, pause, say, sayPatiently, withDatabaseOf, withOwn } from './talk.ts'
import { acceptable, isDrained, type Verdict, verdictOn } from './verdict.ts'

export function promote(pair: Pair): Promise<Outcome> {
  return withOwn(pair, async session => {
    const own = await look(session)
    const old = tooOld(own.version)
    if (old !== undefined) return failed(old)
    const looked = await lookAtOthers(pair)
    const { node, wanted, memories } = pair
    const verdict = verdictOn({
      ...looked,
      node,
      own,
      memory: memories.memory(),
      sighting: memories.sighting(),
      wanted,
    })
    return obey(pair, session, own, verdict)
  })
}

async function obey(pair: Pair, session: Session, own: Facts, verdict: Verdict): Promise<Outcome> {
  if ('refused' in verdict) {
    if (!acceptable(verdict.refused)) return failed(verdict.why)
    return force(pair, session, own, verdict.why)
  }
  if (verdict.go === 'already') {
    await pair.memories.remember({ role: 'primary' })
    return done
  }
  if (verdict.drain === 'nothing') {
    const lacks = own.has.size === 0 ? await lacksWhatOthersHave(pair, session) : undefined
    return lacks === undefined ? take(pair, session) : force(pair, session, own, lacks)
  }
  const target = verdict.drain
  const undrained = await drain(pair, session, target)
  if (undrained !== undefined) return force(pair, session, own, undrained, true)
  if (target === 'received') return take(pair, session)
  const differs = await differsFrom(pair, session, target.source)
  return differs === undefined ? take(pair, session, { replicaComes: true }) : failed(differs)
}

/** One that was never written to, and another that has been filled before there was a log: that one is meant. */
async function lacksWhatOthersHave(pair: Pair, session: Session): Promise<string | undefined> {
  const here = await databasesOf(session)
  for (const node of pair.wanted.places.keys()) {
    if (node === pair.node) continue
    const there = await withDatabaseOf(pair, node, databasesOf).catch((error: unknown) => {
      if (error instanceof DatabaseError) return []
      throw error
    })
    const more = there.filter(name => !here.includes(name))
    if (more.length > 0)
      return `the database of ${node} has databases that are missing here (${more.join(', ')}): start the group there`
  }
  return undefined
}

/** After a switch both are at the same place: whoever wrote meanwhile wrote to a database that was to be read-only. */
async function differsFrom(pair: Pair, session: Session, source: string): Promise<string | undefined> {
  const own = await look(session)
  const theirs = await withDatabaseOf(pair, source, look)
  if (!theirs.readOnly) return `the database of ${source} takes writes again: make it read-only there, or stop it`
  if (samePlace(own.flavour, own.at, theirs.at)) return undefined
  return `after everything was applied ${source} is at ${theirs.at} and ${pair.node} at ${own.at}: somebody writes to one that is read-only`
}

/** What an operator has accepted for this once; else the refusal, with the one command that overrides it. */
async function force(pair: Pair, session: Session, own: Facts, refusal: string, tried = false): Promise<Outcome> {
  const { memories, resource, host } = pair
  const accepted = memories.accepted()
  if (accepted === undefined)
    return failed(
      `not promoted: ${refusal}. To take it all the same: tandem mysql promote ${resource} --accept-data-loss --reason WHY`,
    )
  host.note(`${resource}: promoted in spite of this: ${refusal}; accepted by an operator: ${accepted.reason}`)
  if (!tried) await applyWhatIsThere(pair, session, own)
  const outcome = await take(pair, session, { misses: true })
  if (!outcome.ok) return outcome
  await memories.remember({ forced: { ...accepted, refusal } })
  await memories.spend()
  return outcome
}

/** Whatever can still be applied is. */
async function applyWhatIsThere(pair: Pair, session: Session, own: Facts): Promise<void> {
  if (own.replica === undefined || own.replica.applierErrno !== 0) return
  const left = await drain(pair, session, 'received')
  if (left !== undefined) pair.host.note(`${pair.resource}: ${left}`)
}

/**
 * The receiver first, and then once more whether all is applied: something may have come while it was being stopped.
 * `misses`: an operator has accepted that something is missing. `replicaComes`: the old primary lives and has all that is
 * here, so it is a replica in a moment, and no commit is to be acknowledged before.
 */
async function take(
  pair: Pair,
  session: Session,
  { misses = false, replicaComes = false }: { readonly misses?: boolean; readonly replicaComes?: boolean } = {},
): Promise<Outcome> {
  const { host, resource, memories } = pair
  const facts = await look(session)
  const statements = statementsFor(facts.version)
  if (facts.replica !== undefined) {
    if (facts.replica.receiver !== 'stopped') await sayPatiently(pair, session, statements.stopReceiver)
    if (!misses && !(await isAllApplied(pair, session)))
      return failed(
        'something came while its receiver was being stopped, and is not applied: it applies it now; try again',
      )
    await sayPatiently(pair, session, statements.stopReplica)
    const { sourceHost, sourcePort, received } = facts.replica
    host.note(
      `${resource}: no replica of ${sourceHost}:${sourcePort} any more; received ${received}, applied ${facts.applied}`,
    )
    await sayPatiently(pair, session, statements.forgetSource)
  }
  if (facts.semiSync !== undefined) await say(session, ...semiSyncOfPrimary(pair, statements, replicaComes))
  await say(session, ...statements.readOnly(false))
  const after = await look(session)
  if (after.readOnly || after.replica !== undefined)
    return failed('it is still read-only after it was made the primary')
  await memories.remember({ role: 'primary' })
  await memories.forget('forced', 'errant', 'lacks')
  return done
}

/** A salvage has stopped threads on both sides and applied everything by other means. */
async function isAllApplied(pair: Pair, session: Session): Promise<boolean> {
  const untilMs = pair.host.clock.nowMs() + pair.wanted.drainMs
  for (;;) {
    const facts = await look(session)
    const { replica } = facts
    if (replica === undefined || replica.applier === 'stopped' || isDrained(facts, replica)) return true
    if (pair.host.clock.nowMs() >= untilMs) return false
    await pause(pair, 20)
  }
}

/** A commit waits for the replica before it is seen by others, also while none is connected; `on` once there is one. */
export function semiSyncOfPrimary({ wanted }: Pair, { semiSync }: Statements, on: boolean): readonly Statement[] {
  if (!wanted.semiSync) return []
  return [
    [`SET GLOBAL ${semiSync.waitPoint}='AFTER_SYNC'`],
    [`SET GLOBAL ${semiSync.timeoutMs}=?`, wanted.semiSyncMs],
    [`SET GLOBAL ${semiSync.waitNoReplica}=ON`],
    [`SET GLOBAL ${semiSync.replicaEnabled}=OFF`],
    [`SET GLOBAL ${semiSync.sourceEnabled}=${on ? 'ON' : 'OFF'}`],
  ]
}
