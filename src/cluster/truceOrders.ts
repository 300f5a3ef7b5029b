/** Orders that suspend something in the whole cluster: `disarm` and `arm`, `maintenance on` and `off`. */
import type { Answer, Effect, Order, OwnTruce, TruceOrder } from '../events.ts'
import { longSpan, type Note } from '../note.ts'
import type { GroupName, Next, NodeId } from '../types.ts'
import type { Cluster } from './state.ts'
import { boundEndAfter, letGoMs } from './truce.ts'

const verbs: readonly string[] = ['disarm', 'arm', 'maintenance-on', 'maintenance-off'] satisfies TruceOrder['verb'][]
export const isTruceOrder = (order: Order): order is TruceOrder => verbs.includes(order.verb)

export function obeyTruce(c: Cluster, id: number, order: TruceOrder, nowMs: number): Next<Cluster, Effect> {
  const change = changeOf(c, order, nowMs)
  const answer: Answer = typeof change === 'string' ? { ok: false, why: change } : { ok: true, groups: [] }
  const words = wordsOf(order)
  const note: Note = answer.ok
    ? { code: 'ordered', words, groups: groupsIn(order), moves: [] }
    : { code: 'refused', words, why: answer.why }
  return [
    typeof change === 'object' ? { ...c, truce: minted(c, change) } : c,
    [
      { type: 'note', note },
      { type: 'answer', id, answer },
    ],
  ]
}

type Change = Pick<OwnTruce, 'disarmedEndMs' | 'maintainedEndMs' | 'groups' | 'disarmedWhy' | 'maintainedWhy'> & {
  readonly boundEndMs?: number
}

const minted = (c: Cluster, change: Change): OwnTruce => ({
  boundEndMs: boundEndAfter(c.truce),
  promises: c.truce?.promises ?? [],
  ...change,
  epoch: { counter: (c.truce?.epoch.counter ?? 0) + 1, minter: c.config.self },
})

/** What it makes of the register; undefined: nothing. As text: why not. */
function changeOf(c: Cluster, order: TruceOrder, nowMs: number): Change | string | undefined {
  if (c.leaving !== undefined) return 'this node is shutting down; give the order on another node'
  if (!c.disk.writable) return 'the state folder of this node cannot be written; mend that first'
  const now = presentOf(c, nowMs)
  switch (order.verb) {
    case 'disarm':
      return (
        wrongSpan(c, order.forMs) ?? {
          ...now,
          disarmedEndMs: nowMs + order.forMs,
          ...(order.reason === undefined ? {} : { disarmedWhy: order.reason }),
        }
      )
    case 'arm': {
      const { disarmedWhy: _, ...rest } = now
      if (order.accept !== undefined) return { ...rest, disarmedEndMs: 0, boundEndMs: 0 }
      return now.disarmedEndMs === 0 ? undefined : { ...rest, disarmedEndMs: 0 }
    }
    case 'maintenance-on': {
      const named = namedGroups(c, order.group)
      if (typeof named === 'string') return named
      return (
        wrongSpan(c, order.forMs) ?? {
          ...now,
          maintainedEndMs: nowMs + order.forMs,
          groups: [...new Set([...now.groups, ...named])],
          ...(order.reason === undefined ? {} : { maintainedWhy: order.reason }),
        }
      )
    }
    case 'maintenance-off': {
      const named = namedGroups(c, order.group)
      if (typeof named === 'string') return named
      const groups = order.group === undefined ? [] : now.groups.filter(group => group !== order.group)
      if (groups.length === now.groups.length) return undefined
      if (groups.length > 0) return { ...now, groups }
      const { maintainedWhy: _, ...rest } = now
      return { ...rest, groups, maintainedEndMs: 0 }
    }
  }
}

/** What is suspended now; what is over is left out. */
function presentOf({ truce }: Cluster, nowMs: number): Omit<Change, 'boundEndMs'> {
  const disarmed = truce !== undefined && truce.disarmedEndMs > nowMs
  const maintained = truce !== undefined && truce.maintainedEndMs > nowMs
  return {
    disarmedEndMs: disarmed ? truce.disarmedEndMs : 0,
    maintainedEndMs: maintained ? truce.maintainedEndMs : 0,
    groups: maintained ? truce.groups : [],
    ...(disarmed && truce.disarmedWhy !== undefined ? { disarmedWhy: truce.disarmedWhy } : {}),
    ...(maintained && truce.maintainedWhy !== undefined ? { maintainedWhy: truce.maintainedWhy } : {}),
  }
}

const longestMs = 86_400_000

/** The last part of it is for letting go, so a short one would suspend nothing. */
function wrongSpan({ config }: Cluster, forMs: number): string | undefined {
  const { deadtimeMs } = config.timing
  const leastMs = deadtimeMs + letGoMs(config.timing)
  if (forMs < leastMs)
    return `${longSpan(forMs)} is too short: the last ${seconds(letGoMs(config.timing))} are for letting go of what the others may take then, and a deadtime (${seconds(deadtimeMs)}) passes before anything is missed; write --for ${Math.ceil(leastMs / 1000)}s or more`
  return forMs > longestMs
    ? `${longSpan(forMs)} is too long: it would be forgotten; write --for 24h or less`
    : undefined
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

function namedGroups({ config }: Cluster, group: GroupName | undefined): readonly GroupName[] | string {
  const names = config.groups.map(({ name }) => name)
  if (group === undefined) return names
  return names.includes(group) ? [group] : `no group ${group}; haresources has ${names.join(', ')}`
}

const groupsIn = (order: TruceOrder): readonly GroupName[] =>
  'group' in order && order.group !== undefined ? [order.group] : []

function wordsOf(order: TruceOrder): string {
  const span = 'forMs' in order ? ` --for ${longSpan(order.forMs).replaceAll(' ', '')}` : ''
  const accepting = order.verb === 'arm' && order.accept !== undefined ? ` --accept-${order.accept}` : ''
  const group = 'group' in order && order.group !== undefined ? ` ${order.group}` : ''
  const reason = 'reason' in order && order.reason !== undefined ? ` (${order.reason})` : ''
  return `${order.verb.replace('-', ' ')}${group}${span}${accepting}${reason}`
}

/** Why an order that would change these groups is refused; undefined: none of them is in maintenance. */
export function maintainedText(c: Cluster, groups: readonly GroupName[]): string | undefined {
  const found = groups.find(group => c.standing.maintained.has(group))
  return found && `${found} ${maintenanceText(c)}; to end that, type: tandem maintenance off ${found}`
}

/** As the end of a sentence that begins with the name of the group. */
export function maintenanceText({ truce, members }: Cluster): string {
  const { epoch, maintainedEndMs, maintainedWhy: why } = truce!
  const reason = why === undefined ? '' : `: ${why}`
  return `is in maintenance for another ${longSpan(maintainedEndMs - members.turnAtMs)} (ordered on ${epoch.minter}${reason})`
}

/** As the end of a sentence that begins with `fail-over`. */
export function disarmText({ truce, members }: Cluster): string {
  const { epoch, disarmedEndMs, disarmedWhy: why } = truce!
  const reason = why === undefined ? '' : `: ${why}`
  return `is disarmed for another ${longSpan(disarmedEndMs - members.turnAtMs)} (ordered on ${epoch.minter}${reason})`
}

const force = 'tandem arm --accept-two-holders --reason WHY'

/** Why nothing is taken from a silent node, as a sentence. */
export function disarmedText(c: Cluster, node: NodeId): string {
  const what = c.standing.disarmed
    ? `${node} is silent, and fail-over ${disarmText(c)}`
    : `${node} is silent, and may rely for another ${longSpan((c.truce?.boundEndMs ?? 0) - c.members.turnAtMs)} on what was suspended until now, for it has not confirmed that this is over`
  return `${what}; once you have seen that ${node} is off, or has stopped everything, type: ${force}`
}
