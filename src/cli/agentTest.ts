/** `tandem agent test`: starts and stops one resource for real, and says which rule of the contract it breaks. */
import { join } from 'node:path'
import { type Step, steps, type Trial, tryContract, type Verdict } from '../agents/contract.ts'
import { createHost } from '../agents/host.ts'
import { logName } from '../agents/runner.ts'
import { type ExitCode, exit } from '../daemon/protocol.ts'
import { readTyped, sameThing, type Typed } from './agentWords.ts'
import {
  beginningOf,
  headingOf,
  type Look,
  renderDryRun,
  renderPlan,
  renderTrial,
  renderVerdict,
} from './renderAgentTest.ts'
import { readStatus } from './statusCommand.ts'
import { failOn, type Terminal, wantsColor } from './terminal.ts'

export interface AgentTestOptions {
  readonly configDir: string
  readonly runDir: string
  readonly color: boolean
  readonly json: boolean
  readonly dryRun: boolean
  /** Another node may run it: somebody has seen that none does. */
  readonly acceptTwoHolders: boolean
  /** It runs here, and may be stopped. */
  readonly acceptOutage: boolean
}

/** Exit code 0: keeps the contract; 1: breaks it; 2: no such resource; 4: not tried, with the reason. */
export async function agentTest(words: string, options: AgentTestOptions, terminal: Terminal): Promise<ExitCode> {
  const typed = readTyped(words, options.configDir)
  const fail = failOn(terminal)
  if ('problem' in typed) return fail(exit.usage, typed.problem)
  if (typed.faultyIni) terminal.err('tandem: agents.ini has errors, which are not obeyed here: tandem check\n')
  const look: Look = {
    width: Math.min(100, Math.max(60, terminal.columns())),
    color: wantsColor(terminal, options.color),
  }
  const output = join(options.runDir, 'agents', logName(typed.resource.name, '*'))
  if (!options.json) terminal.out(renderPlan(typed, output, look))
  const obstacle = await obstacleFor(typed, options)
  if (obstacle !== undefined) return fail(exit.refused, obstacle)
  if (options.dryRun) {
    terminal.out(options.json ? asJson(typed, output, undefined) : renderDryRun(look))
    return exit.done
  }
  if (process.getuid?.() !== 0) return fail(exit.refused, 'only root can start and stop it: run this with sudo')
  if (!options.json) terminal.out(headingOf(look))
  const verdict = await tryIt(typed, options, look, terminal)
  terminal.out(options.json ? asJson(typed, output, verdict) : renderVerdict(verdict, output, look))
  if (verdict.endedBy === 'runs-already')
    return fail(
      exit.refused,
      `${typed.resource.name} runs here (or its monitor says so wrongly), and the test would stop it: stop it first, or accept that with --accept-outage`,
    )
  if (verdict.breaches.length > 0) return exit.failed
  return verdict.endedBy === 'interrupted' ? exit.refused : exit.done
}

/** Why it must not be touched now, and what to type instead. */
async function obstacleFor({ resource, group }: Typed, options: AgentTestOptions): Promise<string | undefined> {
  const { name } = resource
  const read = await readStatus(options.runDir)
  if (!read.ok && read.code !== exit.notRunning)
    return `cannot ask the daemon whether it looks after ${name}: ${read.why}`
  const held = read.ok
    ? read.status.groups.find(({ resources }) => resources.some(one => sameThing(one.name, name)))
    : undefined
  const alone =
    'stop tandemd on all nodes (systemctl stop tandemd), test with --accept-two-holders, and start it again everywhere'
  if (held) {
    const whose = held.name === name ? 'is in' : `belongs to group ${held.name} in`
    return `${name} ${whose} the haresources of the running daemon, and would be started and stopped behind its back: ${alone}`
  }
  if (group && !options.acceptTwoHolders)
    return `${name} is in haresources, and another node may run it now: ${alone}; once you have seen that none runs it: --accept-two-holders`
  return undefined
}

async function tryIt(typed: Typed, options: AgentTestOptions, look: Look, terminal: Terminal): Promise<Verdict> {
  let interrupted = false
  terminal.whenInterrupted(() => {
    interrupted = true
    terminal.err('tandem: interrupted; it is stopped before this ends, please wait\n')
  })
  const notes: string[] = []
  // On a lease: if this dies half way, the kernel takes a service address away again.
  const host = createHost({ runDir: options.runDir, leaseSeconds: 8, report: ({ text }) => void notes.push(text) })
  const begin = (step: Step): void => {
    if (terminal.isTty && !options.json) terminal.out(beginningOf(step, look))
  }
  const end = (trial: Trial): void => {
    if (!options.json) terminal.out(`${terminal.isTty ? '\r\u001b[K' : ''}${renderTrial(trial, look)}`)
  }
  try {
    return await tryContract(typed.bound, host, {
      acceptOutage: options.acceptOutage,
      interrupted: () => interrupted,
      onBegin: begin,
      onEnd: end,
    })
  } finally {
    host.close()
    for (const note of notes) terminal.err(`tandem: ${note}\n`)
  }
}

function asJson({ resource, bound }: Typed, output: string, verdict: Verdict | undefined): string {
  const { startMs, stopMs, monitorMs } = bound.timeouts
  const about = {
    schema: 'tandem/agent-test/v1',
    resource: resource.name,
    kind: bound.kind,
    ...(bound.from === undefined ? {} : { from: bound.from }),
    limits: { startS: startMs / 1_000, stopS: stopMs / 1_000, monitorS: monitorMs / 1_000 },
    output,
  }
  const planned = { planned: steps.map(({ action, rule, must }) => ({ action, rule, must })) }
  const tried = verdict && {
    keeps: verdict.endedBy === undefined && verdict.breaches.length === 0,
    ...(verdict.endedBy === undefined ? {} : { endedBy: verdict.endedBy }),
    left: verdict.left,
    steps: verdict.trials.map(({ step, tookMs, result, breach }) => ({
      ...step,
      tookMs: Math.round(tookMs * 10) / 10,
      result,
      ...(breach === undefined ? {} : { breach }),
    })),
  }
  return `${JSON.stringify({ ...about, ...(tried ?? planned) }, null, 2)}\n`
}
