/** What must hold when the cluster says that it is quiet, and whether the observer agrees. */
import { nowMs, until } from '../../bench/shell.ts'
import type { Status } from '../../src/daemon/protocol.ts'
import { group, hasAddress, log, status, type TestNode } from '../integration/nodeLab.ts'
import { activeOn, type Double, doubles } from './doubles.ts'
import type { ServiceGroup, Stage } from './stage.ts'

/** Unchanged for that long is quiet. */
const steadyMs = 300

/** Waits until the nodes that should live agree on a quiet cluster, then asks the observer. */
export async function quiet(stage: Stage, alive: readonly TestNode[] = stage.nodes, limitMs?: number): Promise<void> {
  const patience = limitMs ?? 2 * stage.timing.deadtimeMs + stage.timing.initdeadMs + 15_000
  let unrest: string | undefined = 'nobody was asked'
  let since = nowMs()
  let owners = ''
  await until('a quiet cluster', patience, async () => {
    const said = await Promise.all(alive.map(status))
    const seen = said.map((one, i) => unrestOf(stage, alive, alive[i]!, one))
    unrest = seen.find(one => one !== undefined) ?? dissent(stage, said as Status[])
    const now = unrest ?? JSON.stringify(stage.groups.map(one => group(said[0]!, one.name).on))
    if (now !== owners || unrest !== undefined) since = nowMs()
    owners = now
    return unrest === undefined && nowMs() - since > steadyMs
  }).catch(error => {
    throw new Error(`${(error as Error).message}: ${unrest}`)
  })
  await agreed(stage, alive)
}

/** What keeps this node from being quiet, in words. */
function unrestOf(stage: Stage, alive: readonly TestNode[], node: TestNode, said?: Status): string | undefined {
  if (said === undefined) return `${node.name} gives no status`
  if (said.beat.state !== 'up') return `${node.name} has no beat`
  for (const one of said.nodes) {
    const should = alive.some(({ name }) => name === one.name) ? 'up' : 'dead'
    if (one.state !== should) return `${node.name} says that ${one.name} is ${one.state} (${one.why ?? 'no reason'})`
  }
  for (const { name, home } of stage.groups) {
    const { state, on, owner, by, resources, why } = group(said, name)
    if (state !== 'running' && state !== 'alone') return `${node.name} says that ${name} is ${state} (${why})`
    if (on.length !== 1 || on[0] !== owner)
      return `${node.name} says that ${name} is on ${on.join(' and ') || 'nobody'}`
    if (!alive.some(one => one.name === owner)) return `${node.name} says that ${name} is on ${owner}, which is off`
    if (owner === node.name && resources.some(one => one.state !== 'running')) return `${name} is not whole on ${owner}`
    const away = owner !== home && by === 'policy' && stage.setting.failback
    if (away && alive.some(one => one.name === home)) return `${name} is still on ${owner}, not at home`
  }
  const all = alive.length === stage.nodes.length
  return all && said.state !== 'ok' ? `${node.name} says "${said.headline}"` : undefined
}

function dissent(stage: Stage, said: readonly Status[]): string | undefined {
  for (const { name } of stage.groups) {
    const owners = new Set(said.map(one => group(one, name).owner))
    if (owners.size > 1) return `they disagree on the owner of ${name}: ${[...owners].join(', ')}`
  }
  return undefined
}

/** A status may be that old. */
const staleMs = 1_500

/** Status, marks, address events and the kernels' own lists must tell the same. */
async function agreed(stage: Stage, alive: readonly TestNode[]): Promise<void> {
  let odd: string | undefined
  await until('agreement', staleMs, async () => {
    odd = await oddity(stage, alive)
    return odd === undefined
  }).catch(() => {
    throw new Error(odd)
  })
}

async function oddity(stage: Stage, alive: readonly TestNode[]): Promise<string | undefined> {
  const said = await status(alive[0]!)
  if (said === undefined) return `${alive[0]!.name} gives no status any more`
  const dark = stage.nodes.filter(node => node.host.power === undefined)
  for (const one of stage.groups) {
    const [owner = '?'] = group(said, one.name).on
    const listed: string[] = []
    for (const node of stage.nodes)
      if (!dark.includes(node) && (await hasAddress(node, one.address))) listed.push(node.name)
    const accounts = { marks: marked(stage, one), events: addressed(stage, one), kernels: listed }
    for (const [account, nodes] of Object.entries(accounts)) {
      if (nodes.length !== 1 || nodes[0] !== owner)
        return `status says that ${one.name} is on ${owner}, the ${account} say: ${nodes.join(', ') || 'nowhere'}`
    }
  }
  return undefined
}

/** Where its mark is active, and where its address is. */
export const marked = (stage: Stage, { mark }: ServiceGroup) => activeOn(stage.activity.changes(), mark)
export const addressed = (stage: Stage, { address }: ServiceGroup) => activeOn(stage.addressChanges(), address)

/** Groups of which nothing is active on any node. */
export const nowhere = (stage: Stage): boolean =>
  stage.groups.every(one => marked(stage, one).length === 0 && addressed(stage, one).length === 0)

/** Everything that two nodes had at once since that instant. */
export function doublesSince(stage: Stage, sinceMs: number): readonly Double[] {
  const all = doubles([...stage.activity.changes(), ...stage.addressChanges()], nowMs())
  return all.filter(one => one.toMs > sinceMs)
}

/**
 * Fails when anything was started, stopped or moved since that instant. `lapsed`: nobody renewed the leases for a while,
 * so that addresses may have gone and come back; they are where they should be when the cluster is quiet.
 */
export function unmoved(stage: Stage, sinceMs: number, lapsed = false): void {
  const told = stage.activity.traces().filter(({ atMs, word }) => atMs > sinceMs && word !== 'gone')
  // The interface of a host without power still has its addresses, until their lease is over.
  const dark = new Set(stage.nodes.filter(({ host }) => host.power === undefined).map(({ name }) => name))
  const moved = stage.addressChanges().filter(({ atMs, node }) => atMs > sinceMs && !lapsed && !dark.has(node))
  const [first] = [
    ...told.map(({ atMs, node, name, word }) => `${word} of ${name} on ${node} at ${atMs.toFixed(3)}`),
    ...moved.map(({ atMs, node, what, on }) => `${what} ${on ? 'came to' : 'left'} ${node} at ${atMs.toFixed(3)}`),
  ]
  if (first !== undefined) throw new Error(`nothing should have moved: ${first}`)
}

/** What a log must never contain: the traces of a program that fell over. */
const disgrace = /AssertionError|Uncaught|Unhandled|TypeError|ReferenceError|RangeError|^\s+at .*\.cjs:\d+/m

export function audit(stage: Stage, from: ReadonlyMap<string, number>): void {
  for (const node of stage.nodes) {
    const text = log(node).slice(from.get(node.name) ?? 0)
    const at = text.search(disgrace)
    if (at >= 0) throw new Error(`${node.name} fell over: ${text.slice(at, at + 300)}`)
  }
}
