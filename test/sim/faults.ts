/** The words in which seeds and stories speak of what goes wrong and what is ordered. */
import { damages, type Order, type Scope, scopes, type TruceOrder } from '../../src/events.ts'
import type { GroupName, NodeId } from '../../src/types.ts'
import { type Mood, moods } from './agents.ts'
import { fail } from './ailments.ts'
import type { Host } from './host.ts'
import { calm } from './network.ts'
import type { World } from './world.ts'

/** One misfortune: at an instant, or some time after the nth note of a kind. */
export interface Fault {
  readonly when: { readonly atMs: number } | { readonly note: string; readonly nth: number; readonly afterMs: number }
  readonly words: string
}

export const writeFault = ({ when, words }: Fault): string =>
  'atMs' in when ? `at ${when.atMs / 1000} ${words}` : `on ${when.note} ${when.nth} +${when.afterMs / 1000} ${words}`

export function readFault(line: string): Fault | undefined {
  const at = /^at ([\d.]+) (.*)$/.exec(line)
  if (at !== null) return { when: { atMs: Number(at[1]) * 1000 }, words: at[2]! }
  const on = /^on (\S+) (\d+) \+([\d.]+) (.*)$/.exec(line)
  if (on === null) return undefined
  return { when: { note: on[1]!, nth: Number(on[2]), afterMs: Number(on[3]) * 1000 }, words: on[4]! }
}

/** Lays all faults out in time. */
export function plan(world: World, faults: readonly Fault[], happened: (kind: string) => void): void {
  const strike = (fault: Fault): void => {
    if (act(world, fault.words)) happened(kindOf(fault.words))
  }
  const waiting = new Map<string, Fault[]>()
  for (const fault of faults) {
    const { when } = fault
    if ('atMs' in when) world.at(when.atMs, () => strike(fault))
    else waiting.set(`${when.note} ${when.nth}`, [...(waiting.get(`${when.note} ${when.nth}`) ?? []), fault])
  }
  if (waiting.size === 0) return
  const seen = new Map<string, number>()
  const others = world.onNote
  world.onNote = (host, note) => {
    others?.(host, note)
    const { code } = note
    const nth = (seen.get(code) ?? 0) + 1
    seen.set(code, nth)
    for (const fault of waiting.get(`${code} ${nth}`) ?? []) {
      if (!('atMs' in fault.when)) world.after(fault.when.afterMs, () => strike(fault))
    }
  }
}

/** Each of these must happen in a run of many seeds, or the weather is too kind. */
export const everyKind: readonly string[] = [
  'crash',
  'crash all',
  'kill manager',
  'kill beat',
  'kill both',
  'kill manager for good',
  'kill beat for good',
  'kill both for good',
  'pause manager',
  'pause beat',
  'pause node',
  'cut',
  'cut one way',
  'cut one link',
  'unplug',
  'service cut',
  'ping lost',
  'carrier out',
  'tools missing',
  'moved ping-lost',
  'moved carrier-lost',
  'fails',
  'fails for good',
  'moved resource-failed',
  'asked answered',
  'asked alive',
  'rivals',
  'asked silent',
  'asked unable',
  'isolated',
  'order takeover all two-holders',
  'order takeover all stale-disk',
  'loss',
  'delay',
  'slow',
  'duplicate',
  'replay',
  'state lost',
  'state full',
  'leave',
  'clock',
  'fence',
  'config differs',
  ...moods.filter(mood => mood !== 'well').map(mood => `agents ${mood}`),
  ...['takeover', 'give-away'].flatMap(verb => scopes.map(scope => `order ${verb} ${scope}`)),
  'order standby',
  'order unstandby',
  'order clear',
  'order move',
  'order stop',
  'order start',
  'unready',
  'outdated',
  'order disarm',
  'order arm',
  'order maintenance-on',
  'order maintenance-off',
  'datagrams lost',
  'datagrams duplicated',
  'datagrams replayed',
  'datagrams slowed',
  'datagrams cut',
]

/** Names and numbers left out: what is counted. */
export function kindOf(words: string): string {
  const [verb = '', ...rest] = words.split(' ')
  switch (verb) {
    case 'crash':
      return rest[0] === 'all' ? 'crash all' : 'crash'
    case 'kill':
      return `kill ${rest[0]}${rest.includes('good') ? ' for good' : ''}`
    case 'pause':
      return `pause ${rest[0]}`
    case 'cut':
      return rest.includes('>') ? 'cut one way' : rest.length > 2 ? 'cut one link' : 'cut'
    case 'state':
    case 'agents':
      return `${verb} ${rest[1]}`
    case 'ping':
      return `ping ${rest[2]}`
    case 'carrier':
      return `carrier ${rest[1]}`
    case 'tools':
      return `tools ${rest[1]}`
    case 'service':
      return `service ${rest[0]}`
    case 'order': {
      const accept = rest[3] === undefined || rest[2] !== 'all' ? '' : ` ${rest[3]}`
      return `order ${rest[1]}${scopes.includes(rest[2] as Scope) ? ` ${rest[2]}${accept}` : ''}`
    }
    case 'config':
      return 'config differs'
    case 'fails':
      return rest.includes('good') ? 'fails for good' : 'fails'
    default:
      return verb
  }
}

function hasPromises({ disk, world }: Host): boolean {
  const truce = disk.saved?.truce
  return truce !== undefined && Math.max(truce.disarmedEndMs, truce.maintainedEndMs, truce.boundEndMs) > world.nowMs
}

type Act = (world: World, words: readonly string[]) => boolean

const hostsOf = (world: World, name: string | undefined): readonly Host[] =>
  name === 'all' ? world.hosts : [world.host(name as NodeId)]

const acts: Readonly<Record<string, Act>> = {
  crash(world, [name]) {
    const hit = hostsOf(world, name).filter(host => host.powered)
    for (const host of hit) host.powerOff()
    return hit.length > 0
  },
  start(world, [name]) {
    for (const host of hostsOf(world, name)) if (!world.fencing_.has(host.node)) host.powerOn()
    return true
  },
  kill(world, [what, name, ...how]) {
    const host = world.host(name as NodeId)
    if (how.includes('good')) host.restarts = false
    const hit = (what !== 'beat' && host.manager !== undefined) || (what !== 'manager' && host.beat !== undefined)
    if (what !== 'beat') host.killManager()
    if (what !== 'manager') host.killBeat()
    return hit
  },
  pause(world, [what, name]) {
    const host = world.host(name as NodeId)
    for (const process of what === 'node' ? (['manager', 'beat'] as const) : [what as 'manager' | 'beat'])
      host.pause(process)
    return host.beat !== undefined || host.manager !== undefined
  },
  resume(world, [what, name]) {
    const host = world.host(name as NodeId)
    for (const process of what === 'node' ? (['beat', 'manager'] as const) : [what as 'manager' | 'beat'])
      host.resume(process)
    return true
  },
  cut: (world, words) => cutting(world, words, true),
  mend: (world, words) => cutting(world, words, false),
  unplug(world, [name]) {
    const node = name as NodeId
    world.outskirts.unplug(node, true)
    world.law.unplugged(world.host(node))
    return world.host(node).powered
  },
  plug(world, [name]) {
    world.outskirts.unplug(name as NodeId, false)
    world.law.mended()
    return true
  },
  service(world, [how, a, b]) {
    world.outskirts.cut(a!, b!, how === 'cut')
    world.law.mended()
    return true
  },
  ping(world, [name, target, how]) {
    world.outskirts.cut(name!, target!, how === 'lost')
    world.law.mended()
    return true
  },
  carrier(world, [name, how]) {
    world.outskirts.pull(world.host(name as NodeId), how === 'out')
    return true
  },
  tools(world, [name, how]) {
    if (how === 'missing') world.outskirts.toolless.add(name as NodeId)
    else world.outskirts.toolless.delete(name as NodeId)
    return true
  },
  heal(world) {
    world.network.heal()
    world.outskirts.heal()
    return true
  },
  calm(world) {
    world.network.weather = calm
    return true
  },
  loss: (world, [share]) => weather(world, { loss: Number(share) }),
  duplicate: (world, [share]) => weather(world, { duplicate: Number(share) }),
  replay: (world, [share]) => weather(world, { replay: Number(share) }),
  delay: (world, [low, high]) => weather(world, { delayMs: [Number(low), Number(high)] }),
  slow: (world, [share, low, high]) => weather(world, { slow: Number(share), slowMs: [Number(low), Number(high)] }),
  state(world, [name, how]) {
    const host = world.host(name as NodeId)
    // What a node has promised to a silent one it cannot keep when it has lost it: seeds spare the disk meanwhile.
    if (how === 'lost' && hasPromises(host)) return false
    if (how === 'lost' || how === 'gone') {
      host.disk.saved = undefined
      host.disk.gen = 0
      world.law.diskLost(host)
    } else {
      host.disk.writable = how === 'ok'
      host.disk.unwritableSinceMs = world.nowMs
    }
    return true
  },
  agents(world, [name, mood, ...only]) {
    if (!moods.includes(mood as Mood)) throw new Error(`no mood ${mood}; there are ${moods.join(', ')}`)
    for (const host of hostsOf(world, name)) {
      host.agents.mood = mood as Mood
      host.agents.only = only[0]
    }
    return true
  },
  fails: (world, words) => fail(world, words),
  well(world, [name]) {
    for (const { agents } of hostsOf(world, name)) agents.failing.clear()
    return true
  },
  order(world, [name, verb, what, ...more]) {
    const host = world.host(name as NodeId)
    if (host.manager === undefined || host.manager.paused) return false
    const order = truceOrderOf(verb!, what, more[0]) ?? orderOf(verb!, what, more)
    const accept = 'accept' in order ? order.accept : undefined
    world.law.ordered = { host, verb: verb!, group: what, accept }
    host.feed({ type: 'order', id: 1, order })
    world.law.ordered = undefined
    return true
  },
  /** `unready NODE GROUP yes`, `outdated NODE GROUP no`: found by a look at it. */
  unready: (world, words) => mark(world, 'unready', words),
  outdated: (world, words) => mark(world, 'outdated', words),
  leave(world, [name]) {
    const host = world.host(name as NodeId)
    host.feed({ type: 'leave' })
    return host.manager !== undefined
  },
  /** The wall clock jumps: nobody looks at it. */
  clock: () => true,
  fence(world, [fails, hangs, lies]) {
    world.fenceMood = { fails: Number(fails), hangs: Number(hangs), lies: lies === 'lies' }
    return world.fencing
  },
  config(world, [name, how]) {
    world.host(name as NodeId).configDiffers = how === 'differs'
    return true
  },
}

export function act(world: World, words: string): boolean {
  const [verb = '', ...rest] = words.split(' ')
  const one = acts[verb]
  if (one === undefined)
    throw new Error(`"${words}": no such thing as ${verb}; there are ${Object.keys(acts).join(', ')}`)
  world.say(words)
  return one(world, rest)
}

/** `disarm 60`, `arm`, `maintenance-on web 60` or `maintenance-on * 60`, `maintenance-off web`. */
function truceOrderOf(verb: string, what: string | undefined, seconds: string | undefined): TruceOrder | undefined {
  const group = what === undefined || what === '*' ? {} : { group: what as GroupName }
  switch (verb) {
    case 'disarm':
      return { verb, forMs: Number(what) * 1000 }
    case 'arm':
      return what === 'two-holders' ? { verb, accept: what } : { verb }
    case 'maintenance-on':
      return { verb, ...group, forMs: Number(seconds) * 1000 }
    case 'maintenance-off':
      return { verb, ...group }
    default:
      return undefined
  }
}

/** `takeover SCOPE [DAMAGE]`, `move GROUP NODE [DAMAGE]`. */
function orderOf(verb: string, what: string | undefined, more: readonly string[]): Order {
  const scope = (what ?? 'all') as Scope
  const damage = damages.find(word => more.includes(word))
  const accepting = damage === undefined ? {} : { accept: damage }
  if (verb === 'takeover') return { verb, scope, ...accepting }
  if (verb === 'move') return { verb, group: what as GroupName, to: more[0] as NodeId, ...accepting }
  if (verb === 'stop' || verb === 'start') return { verb, group: what as GroupName }
  if (verb === 'give-away') return { verb, scope }
  if (verb === 'clear') return what === undefined ? { verb } : { verb, group: what as GroupName }
  return { verb: verb as 'standby' | 'unstandby' }
}

function mark(world: World, type: 'unready' | 'outdated', [name, group, is]: readonly string[]): boolean {
  const host = world.host(name as NodeId)
  host.feed({ type, group: group as GroupName, is: is === 'yes' })
  return host.manager !== undefined
}

function cutting(world: World, words: readonly string[], on: boolean): boolean {
  const oneWay = words.includes('>')
  const [a, b, link] = words.filter(word => word !== '>')
  world.network.cut(a!, b!, link, on)
  if (!oneWay) world.network.cut(b!, a!, link, on)
  if (!on) world.law.mended()
  return true
}

function weather(world: World, change: Partial<World['network']['weather']>): boolean {
  world.network.weather = { ...world.network.weather, ...change }
  return true
}
