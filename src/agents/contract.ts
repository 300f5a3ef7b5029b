/**
 * What every agent promises, tried on a real resource: start and stop may be repeated, and a look tells which of the two
 * was last. Each step is an operation exactly as the manager performs it, with its limit.
 */
import type { Outcome } from '../types.ts'
import { type Bound, failed, type Host, type RunRequest, type Seen } from './agent.ts'
import { adviceFor } from './contractAdvice.ts'
import { explain, type Ran } from './ran.ts'
import { limitOf } from './scripts.ts'

/** in-time and status-form can be broken in any step, the others in the one of that name; the first in none. */
export type Rule =
  | 'stopped-at-first'
  | 'start'
  | 'start-twice'
  | 'running-after-start'
  | 'stop'
  | 'stop-twice'
  | 'stopped-after-stop'
  | 'in-time'
  | 'status-form'

export interface Step {
  readonly action: 'start' | 'stop' | 'monitor'
  readonly rule: Exclude<Rule, 'in-time' | 'status-form'>
  /** Completes "it must". */
  readonly must: string
}

export const steps: readonly Step[] = [
  { action: 'monitor', rule: 'stopped-at-first', must: 'say that it is stopped' },
  { action: 'start', rule: 'start', must: 'succeed' },
  { action: 'start', rule: 'start-twice', must: 'succeed once more' },
  { action: 'monitor', rule: 'running-after-start', must: 'say that it is running' },
  { action: 'stop', rule: 'stop', must: 'succeed' },
  { action: 'stop', rule: 'stop-twice', must: 'succeed once more' },
  { action: 'monitor', rule: 'stopped-after-stop', must: 'say that it is stopped' },
]

/** A rule that was broken: what happened, and what to change. */
export interface Breach {
  readonly rule: Rule
  readonly why: string
  readonly fix: string
}

export interface Trial {
  readonly step: Step
  readonly tookMs: number
  /** What the manager understood. */
  readonly result: 'done' | 'failed' | Seen['status']
  /** The programs that ran for it, oldest first: none for an address. */
  readonly ran: readonly Ran[]
  /** A script that says that it runs is not started again, as with Heartbeat. */
  readonly notCalled: boolean
  readonly breach: Breach | undefined
}

export interface Verdict {
  readonly trials: readonly Trial[]
  readonly breaches: readonly Breach[]
  /** Why it ended before its end. With the first two nothing was started. */
  readonly endedBy: 'runs-already' | 'cannot-tell' | 'interrupted' | undefined
  /** As last seen. */
  readonly left: Seen['status']
}

export interface TryOptions {
  /** It runs now, and may be stopped. */
  readonly acceptOutage?: boolean
  onBegin?(step: Step): void
  onEnd?(trial: Trial): void
  /** Goes on with stopping when it says yes. */
  interrupted?(): boolean
}

/** How long a service address may be held by a test that dies: the kernel then takes it away. */
const holdMs = 8_000

/** Starts nothing that runs already, or may run; whatever was started is stopped at the end. Never throws. */
export async function tryContract(bound: Bound, host: Host, options: TryOptions = {}): Promise<Verdict> {
  const trials: Trial[] = []
  const perform = async (step: Step): Promise<Trial> => {
    options.onBegin?.(step)
    const trial = await tryStep(step, bound, host)
    trials.push(trial)
    options.onEnd?.(trial)
    return trial
  }
  const verdict = (endedBy?: Verdict['endedBy']): Verdict => ({
    trials,
    breaches: trials.flatMap(({ breach }) => breach ?? []),
    endedBy,
    left: lookOf(trials.findLast(({ step }) => step.action === 'monitor')),
  })
  const [look, ...rest] = steps as [Step, ...Step[]]
  const first = await perform(look)
  if (first.result === 'unknown') return verdict('cannot-tell')
  if (first.result === 'running' && !options.acceptOutage) return verdict('runs-already')
  if (options.interrupted?.()) return verdict('interrupted')
  let fails = false
  let skipped = false
  for (const step of rest) {
    const running = step.rule === 'start-twice' || step.rule === 'running-after-start'
    if (running && fails) continue // what did not start has only to be stopped
    if (running && options.interrupted?.()) {
      skipped = true
      continue
    }
    const trial = await perform(step)
    if (step.rule === 'start') fails = trial.result === 'failed'
  }
  return verdict(skipped ? 'interrupted' : undefined)
}

const lookOf = (trial: Trial | undefined): Seen['status'] =>
  trial?.result === 'running' || trial?.result === 'stopped' ? trial.result : 'unknown'

async function tryStep(step: Step, bound: Bound, host: Host): Promise<Trial> {
  const ran: { readonly request: RunRequest; readonly ended: Ran }[] = []
  const watched: Host = {
    ...host,
    async run(request) {
      const ended = await host.run(request)
      ran.push({ request, ended })
      return ended
    },
  }
  const beganMs = host.clock.nowMs()
  const got = await host.alone(bound.resource, () => operate(step, bound, watched))
  const tookMs = host.clock.nowMs() - beganMs
  const result = 'status' in got ? got.status : got.ok ? 'done' : 'failed'
  const programs = ran.map(({ ended }) => ended)
  const late = ran.find(({ ended }) => ended.end.by === 'timeout')
  const told = 'status' in got || !got.ok ? got.why : undefined
  const action = late?.request.action ?? step.action
  const slow = programs.length === 0 && tookMs > limitOf(bound.timeouts, step.action)
  const rule = late || slow ? 'in-time' : brokenBy(step, result)
  const why = late ? explain(late.ended) : slow ? `${step.action} took ${Math.round(tookMs / 1_000)} s` : told
  return {
    step,
    tookMs,
    result,
    ran: programs,
    notCalled:
      step.rule === 'start-twice' && programs.length > 0 && ran.every(({ request }) => request.action !== 'start'),
    breach: rule && { rule, ...adviceFor(rule, { action, result, why, bound, ran: programs }) },
  }
}

async function operate({ action }: Step, bound: Bound, host: Host): Promise<Outcome | Seen> {
  try {
    if (action === 'monitor') return await bound.monitor(host)
    if (action === 'stop') return await bound.stop(host)
    return await bound.start(host, { holdUntilMs: host.clock.nowMs() + holdMs })
  } catch (error) {
    const why = (error as Error).message
    return action === 'monitor' ? { status: 'unknown', why } : failed(why)
  }
}

/** That it runs at first breaks nothing, if that is true. */
function brokenBy({ action, rule }: Step, result: Trial['result']): Rule | undefined {
  if (action !== 'monitor') return result === 'done' ? undefined : rule
  if (result === 'unknown') return 'status-form'
  const right = rule === 'running-after-start' ? 'running' : 'stopped'
  return result === right || rule === 'stopped-at-first' ? undefined : rule
}
