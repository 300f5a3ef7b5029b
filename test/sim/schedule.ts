/** A seed becomes a cluster and two minutes of misfortune, chosen as a swarm: each seed has its own few kinds of it. */
import { damages } from '../../src/events.ts'
import type { Group, GroupName, NodeId, Timing } from '../../src/types.ts'
import { moods } from './agents.ts'
import { between, chance, type Dice, diceFor, pick, whole } from './dice.ts'
import type { Fault } from './faults.ts'
import type { Setting } from './world.ts'

export interface Schedule {
  readonly setting: Setting
  readonly faults: readonly Fault[]
}

export const faultsEndMs = 110_000

const names = ['alpha', 'beta', 'gamma', 'delta', 'omega'] as const
const round = (ms: number): number => Math.round(ms)

export function scheduleOf(seed: number): Schedule {
  const setting = settingOf(seed)
  return {
    setting,
    faults: [
      ...faultsOf(setting),
      ...movesOf(setting),
      ...suspensionsOf(setting),
      ...failuresOf(setting),
      ...haltsOf(setting),
    ],
  }
}

export function settingOf(seed: number): Setting {
  const roll = diceFor(seed, 'setting')
  const count = chance(roll, 0.7) ? 2 : whole(roll, 3, 5)
  const nodes = names.slice(0, count) as unknown as NodeId[]
  const arbitration = arbitrationOf(seed)
  const links = chance(roll, 0.5) ? ['bcast eth0'] : ['bcast eth0', 'ucast eth1']
  const timing = letGoInTime(timingOf(roll), count > 2 || arbitration.pings.length > 0)
  return {
    seed,
    nodes: [...nodes].sort(),
    links: links.map(link => link.replace(' ', '-')),
    timing,
    groups: groupsOf(roll, nodes).map(group => patient(group, seed)),
    autoFailback: chance(roll, 0.4),
    fencing: chance(roll, 0.35),
    slowestAgentMs: pick(roll, [100, 500, 3_000]),
    ...arbitration,
    ...ipfailOf(seed, timing),
  }
}

/** Dice of its own: what else a seed means stays. */
function arbitrationOf(seed: number): Pick<Setting, 'splitPolicy' | 'pings'> {
  const roll = diceFor(seed, 'arbitration')
  const splitPolicy = pick(roll, ['take', 'take', 'ask', 'ask', 'wait'] as const)
  const pinged = splitPolicy === 'ask' || chance(roll, 0.3)
  return { splitPolicy, pings: pinged ? pick(roll, [['gateway'], ['gateway', 'switch']]) : [] }
}

function ipfailOf(seed: number, { keepaliveMs, deadtimeMs }: Timing): Pick<Setting, 'deadpingMs' | 'ipfail'> {
  const roll = diceFor(seed, 'ipfail')
  return { ipfail: chance(roll, 0.6), deadpingMs: pick(roll, [deadtimeMs, 2 * keepaliveMs, 4 * keepaliveMs]) }
}

/** `check` refuses what leaves a node that is cut off no time to let go. */
const letGoInTime = (timing: Timing, letsGo: boolean): Timing =>
  letsGo
    ? { ...timing, warntimeMs: Math.min(timing.warntimeMs, timing.deadtimeMs - 2 * timing.keepaliveMs - 250) }
    : timing

function timingOf(roll: Dice): Timing {
  const keepaliveMs = pick(roll, [200, 500, 500, 1_000, 1_000])
  const deadtimeMs = round(Math.max(keepaliveMs * pick(roll, [5, 6, 8, 10]), pick(roll, [1_000, 4_000, 6_600])))
  const warntimeMs = round(between(roll, keepaliveMs * 1.2, deadtimeMs * 0.9))
  return { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs: round(deadtimeMs * pick(roll, [1, 1.5, 2])) }
}

function groupsOf(roll: Dice, nodes: readonly NodeId[]): readonly Group[] {
  return Array.from({ length: whole(roll, 1, 3) }, (_, index): Group => {
    const first = whole(roll, 0, nodes.length - 1)
    const homes = nodes.map((_, at) => nodes[(first + at) % nodes.length]!)
    const kinds = Array.from({ length: whole(roll, 1, 4) }, () => chance(roll, 0.5))
    const resources = kinds.map((address, at) => {
      const name = address ? `10.0.${index}.${at + 1}` : `disk::${index}${at}`
      return { name, agent: address ? 'IPaddr2' : 'disk', args: [], address }
    })
    return {
      name: `web${index}` as GroupName,
      homes: nodes.length > 2 && chance(roll, 0.3) ? homes.slice(0, 2) : homes,
      resources,
    }
  })
}

/** What agents.ini says of failures, in every other seed; dice of its own. */
function patient(group: Group, seed: number): Group {
  const roll = diceFor(seed, `patience of ${group.name}`)
  if (chance(roll, 0.5)) return group
  const resources = group.resources.map(resource => {
    const [retries, failoverLimit] = [pick(roll, [0, 0, 1, 2]), pick(roll, [1, 3])]
    return { ...resource, patience: { retries, failoverLimit, forgetAfterMs: pick(roll, [20_000, 3_600_000]) } }
  })
  return { ...group, resources }
}

/** What happens, and how it ends: words, and words some time later. */
type Kind = (roll: Dice, setting: Setting) => readonly (readonly [words: string, laterMs?: number])[]

const node = (roll: Dice, { nodes }: Setting): NodeId => pick(roll, nodes)
const two = (roll: Dice, { nodes }: Setting): readonly [NodeId, NodeId] => {
  const at = whole(roll, 0, nodes.length - 1)
  return [nodes[at]!, nodes[(at + whole(roll, 1, nodes.length - 1)) % nodes.length]!]
}
/** Around the times that matter: shorter than deadtime, about it, longer. */
const span = (roll: Dice, { timing }: Setting): number =>
  round(timing.deadtimeMs * pick(roll, [0.1, 0.3, 0.9, 1, 1.1, 1.5, 3]) + between(roll, 0, 500))
const scope = (roll: Dice): string => pick(roll, ['all', 'all', 'local', 'foreign', 'failback'])

const kinds: Readonly<Record<string, Kind>> = {
  crash: (roll, s) => {
    const who = node(roll, s)
    return [[`crash ${who}`], [`start ${who}`, span(roll, s) + 1_000]]
  },
  blackout: (roll, s) => [
    ['crash all'],
    ...s.nodes.map(who => [`start ${who}`, round(between(roll, 1_000, pick(roll, [2_000, 30_000])))] as const),
  ],
  amnesia: (roll, s) => {
    const who = node(roll, s)
    const backMs = span(roll, s) + 1_000
    return [[`crash ${who}`], [`state ${who} lost`, 500], [`start ${who}`, backMs]]
  },
  kill: (roll, s) => [[`kill ${pick(roll, ['manager', 'manager', 'beat', 'both'])} ${node(roll, s)}`]],
  killForGood: (roll, s) => {
    const who = node(roll, s)
    return [
      [`kill ${pick(roll, ['manager', 'beat', 'both'])} ${who} for good`],
      [`start ${who}`, span(roll, s) * 2 + 3_000],
    ]
  },
  pause: (roll, s) => {
    const what = `${pick(roll, ['manager', 'beat', 'node'])} ${node(roll, s)}`
    return [[`pause ${what}`], [`resume ${what}`, span(roll, s)]]
  },
  cut: (roll, s) => {
    const [a, b] = two(roll, s)
    const way = pick(roll, [`${a} ${b}`, `${a} > ${b}`, `${a} > ${b}`])
    return [[`cut ${way}`], [`mend ${way}`, span(roll, s)]]
  },
  cutLink: (roll, s) => {
    const [a, b] = two(roll, s)
    const link = pick(roll, s.links)
    return [[`cut ${a} ${b} ${link}`], [`mend ${a} ${b} ${link}`, span(roll, s)]]
  },
  flap: (roll, s) => {
    const [a, b] = two(roll, s)
    const everyMs = round(between(roll, 200, s.timing.deadtimeMs))
    return Array.from({ length: 6 }, (_, at) => [`${at % 2 === 0 ? 'cut' : 'mend'} ${a} ${b}`, at * everyMs] as const)
  },
  unplug: (roll, s) => {
    const who = node(roll, s)
    return [[`unplug ${who}`], [`plug ${who}`, span(roll, s)]]
  },
  /** The links and the service network, one after the other. */
  cutThenService: (roll, s) => {
    const [a, b] = two(roll, s)
    const laterMs = span(roll, s)
    return [
      [`cut ${a} ${b}`],
      [`service cut ${a} ${b}`, laterMs],
      [`mend ${a} ${b}`, laterMs + span(roll, s)],
      [`service mend ${a} ${b}`, laterMs + span(roll, s)],
    ]
  },
  cutThenUnplug: (roll, s) => {
    const [a, b] = two(roll, s)
    const laterMs = span(roll, s)
    return [[`cut ${a} ${b}`], [`unplug ${a}`, laterMs], [`plug ${a}`, laterMs + span(roll, s)]]
  },
  ping: (roll, s) => {
    const who = node(roll, s)
    return s.pings.flatMap(name => [
      [`ping ${who} ${name} lost`] as const,
      [`ping ${who} ${name} back`, span(roll, s)] as const,
    ])
  },
  /** A router that answers now and then. */
  flappingPing: (roll, s) => {
    const everyMs = round(between(roll, s.timing.keepaliveMs, 2 * s.deadpingMs))
    const hit = pick(roll, [[node(roll, s)], s.nodes])
    const way = (at: number): string => (at % 2 === 0 ? 'lost' : 'back')
    return hit.flatMap(who =>
      s.pings.flatMap(name =>
        Array.from({ length: 6 }, (_, at) => [`ping ${who} ${name} ${way(at)}`, at * everyMs] as const),
      ),
    )
  },
  /** The cable of the service is pulled: on one node, or at the switch. */
  cable: (roll, s) => {
    const hit = pick(roll, [[node(roll, s)], [node(roll, s)], s.nodes])
    const lastsMs = pick(roll, [500, 2_500, span(roll, s) + 5_000])
    return hit.flatMap(who => [[`carrier ${who} out`] as const, [`carrier ${who} in`, lastsMs] as const])
  },
  tools: (roll, s) => {
    const who = node(roll, s)
    return [[`tools ${who} missing`], [`tools ${who} there`, span(roll, s) * 2]]
  },
  loss: (roll, s) => [[`loss ${pick(roll, [0.05, 0.3, 0.6])}`], ['loss 0', span(roll, s) * 3]],
  delay: (roll, s) => [
    [`delay 1 ${round(between(roll, 50, s.timing.deadtimeMs / 2))}`],
    ['delay 0.2 2', span(roll, s) * 2],
  ],
  slow: (roll, s) => [
    [`slow ${pick(roll, [0.05, 0.3])} 200 ${round(between(roll, 500, 2 * s.timing.deadtimeMs))}`],
    ['slow 0 0 0', span(roll, s) * 3],
  ],
  duplicate: roll => [[`duplicate ${pick(roll, [0.1, 0.5])}`]],
  replay: roll => [[`replay ${pick(roll, [0.05, 0.3])}`]],
  fullDisk: (roll, s) => {
    const who = node(roll, s)
    return [[`state ${who} full`], [`state ${who} ok`, pick(roll, [5_000, 45_000])]]
  },
  agents: (roll, s) => {
    const who = node(roll, s)
    const mood = pick(roll, [...moods.filter(one => one !== 'well'), 'slow'])
    const resource = pick(roll, pick(roll, s.groups).resources).name
    return [
      [`agents ${who} ${mood}${chance(roll, 0.5) ? ` ${resource}` : ''}`],
      [`agents ${who} well`, pick(roll, [3_000, 30_000])],
    ]
  },
  order: (roll, s) => {
    const who = node(roll, s)
    const verb = pick(roll, ['takeover', 'takeover', 'give-away', 'standby', 'unstandby', 'clear', 'clear'])
    const what =
      verb === 'clear'
        ? chance(roll, 0.5)
          ? ` ${pick(roll, s.groups).name}`
          : ''
        : verb.includes('standby')
          ? ''
          : ` ${scope(roll)}`
    const accepting = verb === 'takeover' && chance(roll, 0.15) ? ` ${pick(roll, damages)}` : ''
    return verb === 'standby'
      ? [[`order ${who} standby`], [`order ${who} unstandby`, pick(roll, [1_000, 20_000])]]
      : [[`order ${who} ${verb}${what}${accepting}`]]
  },
  badMove: (roll, s) => {
    const [from, to] = two(roll, s)
    const mood = pick(roll, ['start-fails', 'start-lies', 'stop-fails', 'stop-fails', 'stop-hangs', 'stop-lies'])
    const mendMs = pick(roll, [2_000, 12_000, 25_000])
    return [
      [`agents ${mood.startsWith('stop') ? from : to} ${mood}`],
      [`order ${to} takeover all`, 20],
      [`agents ${mood.startsWith('stop') ? from : to} well`, mendMs],
      [`order ${pick(roll, [from, to])} clear`, mendMs + 500],
    ]
  },
  moves: (roll, s) => [
    [`order ${node(roll, s)} takeover all`],
    [`order ${node(roll, s)} ${pick(roll, ['takeover', 'give-away'])} ${scope(roll)}`, pick(roll, [20, 500, 5_000])],
  ],
  leave: (roll, s) => {
    const who = node(roll, s)
    return [[`leave ${who}`], [`start ${who}`, pick(roll, [3_000, 15_000])]]
  },
  clock: (roll, s) => [[`clock ${node(roll, s)} ${pick(roll, ['+3600', '-86400'])}`]],
  fence: roll => [[`fence ${pick(roll, ['0.5 0', '0 0.5', '0.3 0.3'])}`]],
  config: (roll, s) => {
    const who = node(roll, s)
    return [
      [`config ${who} differs`],
      [`kill manager ${who}`, 100],
      [`config ${who} agrees`, 20_000],
      [`kill manager ${who}`, 20_100],
    ]
  },
}

/** Orders to move one group. Dice of their own: what else a seed means stays. */
function movesOf(setting: Setting): readonly Fault[] {
  const roll = diceFor(setting.seed, 'moves')
  if (chance(roll, 0.7)) return []
  return Array.from({ length: whole(roll, 1, 4) }, () => {
    const { name, homes } = pick(roll, setting.groups)
    const to = chance(roll, 0.9) ? pick(roll, homes) : node(roll, setting)
    const accepting = chance(roll, 0.1) ? ` ${pick(roll, damages)}` : ''
    const afterMs = round(between(roll, 0, pick(roll, [5, 100, 1_500])))
    const when = chance(roll, 0.5)
      ? { atMs: round(between(roll, 3_000, faultsEndMs)) }
      : { note: pick(roll, delicate), nth: whole(roll, 2, 12), afterMs }
    return { when, words: `order ${node(roll, setting)} move ${name} ${to}${accepting}` }
  })
}

/** Notes after which things are at their most delicate. */
const delicate = [
  'node-dead',
  'node-late',
  'job-started',
  'job-started',
  'assigned',
  'group-running',
  'job-failed',
  'node-up',
  'fence',
  'both-hold',
]

function faultsOf(setting: Setting): readonly Fault[] {
  const roll = diceFor(setting.seed, 'faults')
  const all = Object.keys(kinds)
  const chosen = all.filter(() => chance(roll, 0.35))
  const mine = chosen.length > 0 ? chosen : [pick(roll, all)]
  const faults: Fault[] = setting.nodes.map(who => ({
    when: { atMs: chance(roll, 0.7) ? round(between(roll, 0, 200)) : round(between(roll, 0, 20_000)) },
    words: `start ${who}`,
  }))
  const count = whole(roll, 4, 14)
  let atMs = between(roll, 3_000, 15_000)
  for (let n = 0; n < count; n++) {
    const story = kinds[pick(roll, mine)]!(roll, setting)
    const near =
      n > 2 && chance(roll, 0.4)
        ? {
            note: pick(roll, delicate),
            nth: whole(roll, 1, 8),
            afterMs: round(between(roll, 0, pick(roll, [5, 100, 1_500]))),
          }
        : undefined
    for (const [words, laterMs = 0] of story) {
      const when =
        near === undefined
          ? { atMs: round(Math.min(atMs + laterMs, faultsEndMs)) }
          : { ...near, afterMs: near.afterMs + laterMs }
      faults.push({ when, words })
    }
    atMs += between(roll, 0, chance(roll, 0.4) ? 3_000 : (2 * (faultsEndMs - 10_000)) / count)
    if (atMs > faultsEndMs - 2_000) atMs = between(roll, 3_000, faultsEndMs / 2)
  }
  return faults
}

/** Resources that fail while they run. Dice of their own, as above: every third seed has some. */
function failuresOf(setting: Setting): readonly Fault[] {
  const roll = diceFor(setting.seed, 'failures')
  if (!chance(roll, 0.35)) return []
  return Array.from({ length: whole(roll, 1, 5) }, () => {
    const group = pick(roll, setting.groups)
    const who = chance(roll, 0.6) ? group.homes[0]! : node(roll, setting)
    const what = `fails ${who} ${group.name} ${whole(roll, 0, group.resources.length - 1)}`
    const afterMs = round(between(roll, 0, pick(roll, [5, 100, 1_500])))
    const when = chance(roll, 0.6)
      ? { atMs: round(between(roll, 3_000, faultsEndMs - 10_000)) }
      : { note: pick(roll, delicate), nth: whole(roll, 2, 12), afterMs }
    return { when, words: chance(roll, 0.3) ? `${what} for good` : what }
  })
}

/** Groups stopped and started by orders, and looks at what does not run. Dice of their own: every third seed has some. */
function haltsOf(setting: Setting): readonly Fault[] {
  const roll = diceFor(setting.seed, 'halts')
  if (!chance(roll, 0.35)) return []
  return Array.from({ length: whole(roll, 1, 5) }, () => {
    const { name } = pick(roll, setting.groups)
    const [who, other] = [node(roll, setting), node(roll, setting)]
    const words = pick(roll, [
      [`order ${who} stop ${name}`, `order ${other} start ${name}`],
      [`order ${who} stop ${name}`, `order ${other} start ${name}`],
      [`unready ${who} ${name} yes`, `unready ${who} ${name} no`],
      [`outdated ${who} ${name} yes`, `outdated ${who} ${name} no`],
    ])
    const afterMs = round(between(roll, 0, pick(roll, [5, 100, 1_500])))
    const laterMs = pick(roll, [5, 60, 500, span(roll, setting), 30_000])
    const startMs = round(between(roll, 3_000, faultsEndMs - 30_000))
    const nth = whole(roll, 2, 12)
    const byNote = chance(roll, 0.5) ? pick(roll, delicate) : undefined
    return words.map((word, at): Fault => {
      const delayMs = at * laterMs
      return byNote === undefined
        ? { when: { atMs: startMs + delayMs }, words: word }
        : { when: { note: byNote, nth, afterMs: afterMs + delayMs }, words: word }
    })
  }).flat()
}

/** Longer than a deadtime and what it takes to let go, in seconds. */
const suspension = (roll: Dice, { timing }: Setting): number =>
  Math.ceil((timing.deadtimeMs * pick(roll, [2, 3, 5]) + 3_000 + between(roll, 0, 20_000)) / 1000)

/** What is suspended, and what happens meanwhile. */
const suspensions: Readonly<Record<string, Kind>> = {
  disarm: (roll, s) => [[`order ${node(roll, s)} disarm ${suspension(roll, s)}`]],
  disarmAndArm: (roll, s) => [
    [`order ${node(roll, s)} disarm ${suspension(roll, s)}`],
    [`order ${node(roll, s)} arm`, span(roll, s)],
  ],
  /** The switch restarts: all at once, and all back. */
  switchOff: (roll, s) => {
    const backMs = span(roll, s) * pick(roll, [1, 3])
    return [
      [`order ${node(roll, s)} disarm ${suspension(roll, s)}`],
      ...s.nodes.map(who => [`unplug ${who}`, 500 + round(between(roll, 0, s.timing.keepaliveMs))] as const),
      ...s.nodes.map(who => [`plug ${who}`, backMs + round(between(roll, 0, 500))] as const),
    ]
  },
  cutWhileDisarmed: (roll, s) => {
    const [a, b] = two(roll, s)
    const way = pick(roll, [`${a} ${b}`, `${a} > ${b}`])
    const cutMs = round(between(roll, 0, pick(roll, [20, 2 * s.timing.keepaliveMs])))
    const orders = ['arm', `disarm ${suspension(roll, s)}`, 'maintenance-on * 60', `takeover all`]
    return [
      [`order ${a} disarm ${suspension(roll, s)}`],
      [`cut ${way}`, cutMs],
      [`order ${pick(roll, [a, b])} ${pick(roll, orders)}`, cutMs + span(roll, s)],
      [`mend ${way}`, cutMs + span(roll, s) * 2],
    ]
  },
  maintenance: (roll, s) => {
    const [a, b] = two(roll, s)
    const what = chance(roll, 0.3) ? '*' : pick(roll, s.groups).name
    const misfortune = pick(roll, ['crash', 'unplug', 'kill both', 'leave'])
    const back = misfortune === 'unplug' ? 'plug' : 'start'
    return [
      [`order ${a} maintenance-on ${what} ${suspension(roll, s)}`],
      [`${misfortune} ${pick(roll, [a, b])}`, 1_000],
      [`order ${b} maintenance-off ${what}`, span(roll, s) + 1_000],
      [`${back} ${a}`, span(roll, s) + 2_000],
      [`${back} ${b}`, span(roll, s) + 2_000],
    ]
  },
}

/** Dice of its own, as above: two seeds of five have some of it. */
function suspensionsOf(setting: Setting): readonly Fault[] {
  const roll = diceFor(setting.seed, 'suspensions')
  if (!chance(roll, 0.4)) return []
  return Array.from({ length: whole(roll, 1, 3) }, () => {
    const atMs = between(roll, 5_000, faultsEndMs - 30_000)
    const story = suspensions[pick(roll, Object.keys(suspensions))]!(roll, setting)
    return story.map(([words, laterMs = 0]) => ({
      when: { atMs: round(Math.min(atMs + laterMs, faultsEndMs)) },
      words,
    }))
  }).flat()
}
