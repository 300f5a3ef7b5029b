/** Make primary. The state of the disk decides, and DRBD has the last word. */
import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { bringUp } from './bringUp.ts'
import { call, codeOf, type Operation, pause, sayRan } from './call.ts'
import { mayPromote, type Verdict } from './judge.ts'
import { look } from './look.ts'
import { detectionMs } from './patience.ts'
import { progressOf, sayProgress } from './progress.ts'
import { isSplit } from './splitBrain.ts'
import { type DrbdState, isConnected } from './state.ts'

export interface StartLimits {
  /** After it was brought up: so long its peer may take to be heard. */
  readonly connectWaitMs: number
  /** So long a resync that is under way is waited for. */
  readonly syncWaitMs: number
}

/** No event may come of what is waited for; then it is looked at again. */
const lookAgainMs = 300

export async function startOne(operation: Operation, name: string, limits: StartLimits): Promise<Outcome> {
  const up = await bringUp(operation, name)
  if ('failed' in up) return failed(up.failed)
  if (up.state.role === 'Primary') return done
  const settled = await settle(operation, name, up.state, up.fresh, limits)
  if ('failed' in settled) return failed(settled.failed)
  const { verdict } = settled
  if (verdict.is !== 'promote') return failed(verdict.why)
  if (verdict.note) operation.host.note(`${operation.resource}: ${verdict.note}`)
  return promote(operation, name)
}

/** Until nothing is to be waited for any more. */
async function settle(
  operation: Operation,
  name: string,
  first: DrbdState,
  fresh: boolean,
  { connectWaitMs, syncWaitMs }: StartLimits,
): Promise<{ readonly verdict: Verdict } | { readonly failed: string }> {
  const { clock } = operation.host
  const beganMs = clock.nowMs()
  for (let state = first; ; ) {
    if (state.role === 'Primary') return { verdict: { is: 'promote' } }
    const waitedMs = clock.nowMs() - beganMs
    const split = await isSplit(operation, name, state)
    const percent = sayProgress(progressOf(state, operation.host.read('/proc/drbd')))
    const verdict = mayPromote(name, state, split, percent)
    // Its peer may have newer data, which only the handshake tells.
    const unheard = fresh && !isConnected(state) && !split && waitedMs < connectWaitMs
    const slow = verdict.is === 'wait' && waitedMs < syncWaitMs
    if ((!unheard && !slow) || clock.nowMs() >= operation.untilMs) return { verdict }
    await pause(operation, name, lookAgainMs)
    const seen = await look(operation, name)
    if ('unknown' in seen) return { failed: `the state of ${name} cannot be told: ${seen.unknown}` }
    if (seen.state === undefined) return { failed: `${name} went down while it was being started` }
    state = seen.state
  }
}

/** A peer that has just died is primary until DRBD has missed it: so long it is tried again. */
async function promote(operation: Operation, name: string): Promise<Outcome> {
  const { clock } = operation.host
  const beganMs = clock.nowMs()
  let patienceMs: number | undefined
  for (;;) {
    // A fence-peer handler is waited for here: its limit is that of the whole start.
    const ran = await call(operation, 'drbdadm', ['primary', name], Number.POSITIVE_INFINITY)
    if (ran.ok) return done
    const code = codeOf(ran)
    if (code === 17) return failed(await whyNoData(operation, name, sayRan(ran, name)))
    if (code !== 11) return failed(sayRan(ran, name))
    if (/not outdated|\(-7\)/.test(ran.output))
      return failed(
        `${sayRan(ran, name)}: the fence-peer handler could not make sure that the peer has no newer data; when it is seen to be off, type here: drbdadm primary --force ${name}`,
      )
    patienceMs ??= await detectionMs(operation, name)
    if (clock.nowMs() - beganMs >= patienceMs || clock.nowMs() >= operation.untilMs)
      return failed(
        `the peer is still primary of ${name} after ${Math.round((clock.nowMs() - beganMs) / 1_000)} s; on that node: drbdadm secondary ${name} (${sayRan(ran, name)})`,
      )
    await pause(operation, name, lookAgainMs)
  }
}

async function whyNoData(operation: Operation, name: string, said: string): Promise<string> {
  const seen = await look(operation, name)
  const verdict = 'state' in seen && seen.state !== undefined ? mayPromote(name, seen.state, false) : undefined
  return verdict === undefined || verdict.is === 'promote' ? said : verdict.why
}
