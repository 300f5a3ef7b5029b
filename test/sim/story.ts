/**
 * Stories: text files that an operator can read, replayed word for word.
 *
 *     # What it is about.
 *     world nodes=2 failback=on groups=web:10.0.0.9,disk::r0
 *     start all
 *     run 5s
 *     ----
 *     the transcript of these lines
 *
 * Scenes are divided by an empty line. `world` stands first; `at 12.5 WORDS` and `on NOTE NTH +SECONDS WORDS` lay out
 * faults ahead; anything else happens now, in the words of `faults.ts`.
 */
import type { Group, GroupName, NodeId, SplitPolicy, Timing } from '../../src/types.ts'
import { act, plan, readFault, writeFault } from './faults.ts'
import { Violation } from './law.ts'
import { recovers } from './recovery.ts'
import { type Schedule, settingOf } from './schedule.ts'
import { type Setting, World } from './world.ts'

const divider = '----'

/** The whole file as it should be: its own orders, with what happened when they were played. */
export function retell(text: string): string {
  let world: World | undefined
  let broken = false
  const scenes = text
    .trimEnd()
    .split('\n\n')
    .map(scene => {
      const orders = scene.split(`\n${divider}`)[0]!.split('\n')
      const lines: string[] = []
      for (const line of orders) {
        if (line.startsWith('#') || line === '') continue
        if (line.startsWith('world')) world = new World(readSetting(line))
        else if (world === undefined) throw new Error(`"${line}" comes before the "world" line`)
        if (world !== undefined) world.transcript = said => lines.push(said)
        if (!line.startsWith('world') && !broken) broken = tell(world!, line, lines)
      }
      return [...orders, divider, ...lines].join('\n')
    })
  return `${scenes.join('\n\n')}\n`
}

/** True: a rule was broken, and the rest is silence. */
function tell(world: World, line: string, lines: string[]): boolean {
  const fault = readFault(line)
  try {
    if (fault !== undefined) plan(world, [fault], () => {})
    else if (line.startsWith('run ')) world.run(world.nowMs + seconds(line.slice(4)))
    else if (line === 'recover') recovers(world)
    else if (line === 'status') lines.push(...status(world))
    else act(world, line)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    lines.push(`VIOLATION ${error.message}`)
    return true
  }
  return false
}

function seconds(text: string): number {
  const found = /^([\d.]+)s$/.exec(text)
  if (found === null) throw new Error(`"run ${text}": write a time like 10s`)
  return Number(found[1]) * 1000
}

/** What really is where. */
function status(world: World): readonly string[] {
  return world.groups.map(group => {
    const where = world.hosts.filter(host =>
      host.machine.things.get(group.name)!.some(thing => thing.untilMs > world.nowMs),
    )
    return `${' '.repeat(8)} ${group.name} is on ${where.map(host => host.node).join(' and ') || 'no node'}`
  })
}

/** `world seed=7 nodes=2 ...`; `world of seed 63` is the world of that schedule. */
function readSetting(line: string): Setting {
  const of = /^world of seed (\d+)( .*)?$/.exec(line)
  if (of !== null) return { ...settingOf(Number(of[1])), ...arbitrationOf(new Map(wordsOf(of[2] ?? ''))) }
  const words = new Map(wordsOf(line))
  const number = (name: string, otherwise: number): number => Number(words.get(name) ?? otherwise)
  const nodes = ['alpha', 'beta', 'gamma', 'delta', 'omega'].slice(0, number('nodes', 2)) as NodeId[]
  const keepaliveMs = number('keepalive', 1) * 1000
  const deadtimeMs = number('deadtime', 10) * 1000
  const timing: Timing = {
    keepaliveMs,
    deadtimeMs,
    warntimeMs: number('warntime', 3) * 1000,
    initdeadMs: number('initdead', (2 * deadtimeMs) / 1000) * 1000,
  }
  const groups = (words.get('groups') ?? 'web:10.0.0.9,disk::r0')
    .split(';')
    .map((text, index) => patient(readGroup(text, nodes, index), words))
  const links = number('links', 1) === 1 ? ['eth0'] : ['eth0', 'eth1']
  return {
    seed: number('seed', 1),
    nodes: [...nodes].sort(),
    links,
    timing,
    groups,
    slowestAgentMs: 200,
    autoFailback: words.get('failback') === 'on',
    fencing: words.get('fencing') === 'on',
    splitPolicy: 'take',
    pings: [],
    ipfail: words.get('ipfail') === 'on',
    deadpingMs: number('deadping', deadtimeMs / 1000) * 1000,
    ...arbitrationOf(words),
  }
}

const wordsOf = (line: string): [string, string][] =>
  line
    .split(' ')
    .slice(1)
    .map(word => word.split('=') as [string, string])

/** `policy=ask pings=gateway,switch`; what is not written stays. */
function arbitrationOf(words: ReadonlyMap<string, string>): Partial<Pick<Setting, 'splitPolicy' | 'pings'>> {
  const policy = words.get('policy') as SplitPolicy | undefined
  const pings = words.get('pings')
  return {
    ...(policy === undefined ? {} : { splitPolicy: policy }),
    ...(pings === undefined ? {} : { pings: pings === 'none' ? [] : pings.split(',') }),
  }
}

/** `web:10.0.0.9,disk::r0`, at home on the first node; `db@beta:disk::r1` on that one. */
function readGroup(text: string, nodes: readonly NodeId[], _index: number): Group {
  const [title = '', ...list] = text.split(':')
  const [name, home] = title.split('@')
  const first = home === undefined ? nodes[0]! : (home as NodeId)
  const resources = list
    .join(':')
    .split(',')
    .map(resource => {
      const address = /^[\d.]+$/.test(resource)
      return { name: resource, agent: address ? 'IPaddr2' : resource.split(':')[0]!, args: [], address }
    })
  return { name: name as GroupName, homes: [first, ...nodes.filter(node => node !== first)], resources }
}

/** `retries=1 limit=3 forget=3600`: of all resources. */
function patient(group: Group, words: ReadonlyMap<string, string>): Group {
  const retries = words.get('retries')
  if (retries === undefined) return group
  const forgetAfterMs = Number(words.get('forget') ?? 3600) * 1000
  const patience = { retries: Number(retries), failoverLimit: Number(words.get('limit') ?? 3), forgetAfterMs }
  return { ...group, resources: group.resources.map(resource => ({ ...resource, patience })) }
}

/** A failing seed, as a story that fails in the same way. */
export function storyOf({ setting, faults }: Schedule, violation: string): string {
  return retell(
    [
      `# Seed ${setting.seed}: ${violation}`,
      `world of seed ${setting.seed}`,
      ...faults.map(writeFault),
      'run 110s',
      'recover',
    ].join('\n'),
  )
}
