/** What is suspended, and how far it is relied on: the arithmetic of ends and promises. */

import { describe, expect, test } from 'vitest'
import { heldLonger, heldUntilMs, nothingSaved } from '../../src/cluster/state.ts'
import { isBound, isUntouched, mayHoldOnUntilMs, mayKeepUntilMs, unconfirmed } from '../../src/cluster/truce.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { Effect, Event, Order, OwnTruce } from '../../src/events.ts'
import type { Claim, Group, GroupName, LinkName, Report, Truce } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { alpha, beta, pair } from './config.ts'

const [web, db] = ['web', 'db'] as [string, string] as [GroupName, GroupName]
const address = (name: string) => ({ name, agent: 'IPaddr2', args: [], address: true })
const groups: readonly Group[] = [web, db].map(name => ({ name, homes: [alpha, beta], resources: [address(name)] }))
/** A deadtime of 10 s and a lease of 7 s: 1250 + 875 + 100 ms for the kernel. */
const letGoMs = 10_000 + 2_225

interface Said {
  readonly truce?: Truce
  readonly boot?: string
  /** How old the newest heartbeat of ours is that it has. */
  readonly echoMs?: number
}

function node(saved: { truce?: OwnTruce } = {}) {
  let nowMs = 100_000
  let seq = 0
  let cluster = boot({ ...pair, groups }, { ...nothingSaved, epochCeiling: 16, ...saved }, nowMs)
  const effects: Effect[] = []
  const post = (event: Event): void => {
    const [after, asked] = step(cluster, event, nowMs)
    cluster = after
    effects.push(...asked)
    for (const effect of asked) if (effect.type === 'save') post({ type: 'saved', saved: effect.saved })
  }
  const self = {
    cluster: (): Cluster => cluster,
    nowMs: () => nowMs,
    effects,
    post,
    order: (order: Order) => post({ type: 'order', id: 1, order }),
    wait(ms: number) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500
        post({ type: 'turn', atMs: nowMs, lateMs: 0 })
      }
    },
    /** beta says this; `truce` with what is left of it. */
    hear({ truce, boot: start = 'b', echoMs = 10 }: Said = {}) {
      nowMs += 1_000
      seq++
      const stopped = (group: Group): [GroupName, Claim] => [
        group.name,
        {
          assignment: cluster.groups.get(group.name)!.assignment,
          state: 'stopped',
          failed: false,
          dark: false,
          newest: false,
          unready: false,
          outdated: false,
          halts: 0,
        },
      ]
      const report: Report = { ...quiet, claims: new Map(groups.map(stopped)), ...(truce && { truce }) }
      const heard = { from: beta, gen: 3, boot: start, seq, atMs: nowMs, link: 'eth0' as LinkName, report }
      post({ type: 'heard', heard: { ...heard, echoedSentAtMs: nowMs - echoMs, managerAgeMs: 0, realtime: true } })
      post({ type: 'turn', atMs: nowMs, lateMs: 0 })
    },
  }
  post({ type: 'tick' })
  return self
}

const word = (counter: number, disarmedEndMs: number, more: Partial<Truce> = {}): Truce => ({
  epoch: { counter, minter: beta },
  disarmedEndMs,
  maintainedEndMs: 0,
  groups: [],
  ...more,
})

describe('an end that is heard', () => {
  test('counts from our last heartbeat that its sender had: it is never later than the end there', () => {
    const one = node()
    one.hear({ truce: word(1, 60_000), echoMs: 700 })
    expect(one.cluster().truce).toMatchObject({ disarmedEndMs: one.nowMs() - 700 + 60_000 })
    expect(one.cluster().standing.disarmed).toBe(true)
  })

  test('of the same epoch changes nothing: this one has been told, and others may rely on it', () => {
    const one = node()
    one.hear({ truce: word(1, 60_000), echoMs: 700 })
    const endMs = one.cluster().truce!.disarmedEndMs
    one.hear({ truce: word(1, 70_000) })
    expect(one.cluster().truce!.disarmedEndMs).toBe(endMs)
    one.hear({ truce: word(1, 20_000) })
    expect(one.cluster().truce!.disarmedEndMs).toBe(endMs)
  })

  test('of an older epoch changes nothing, and none is learned whose age cannot be told', () => {
    const one = node()
    one.hear({ truce: word(3, 60_000) })
    const { epoch, disarmedEndMs } = one.cluster().truce!
    one.hear({ truce: word(2, 10_000) })
    expect(one.cluster().truce).toMatchObject({ epoch, disarmedEndMs })
    const other = node()
    other.hear({ truce: word(1, 60_000), echoMs: 5_000 }) // before it started: said to its predecessor
    expect(other.cluster().truce).toBeUndefined()
  })
})

describe('holding on without contact', () => {
  test('goes as far as all have promised, and a deadtime and a lease less', () => {
    const one = node()
    one.hear()
    one.order({ verb: 'disarm', forMs: 60_000 })
    const endMs = one.nowMs() + 60_000
    expect(mayHoldOnUntilMs(one.cluster())).toBe(Number.NEGATIVE_INFINITY) // beta has not confirmed
    one.hear({ truce: { ...one.cluster().truce!, disarmedEndMs: 57_000 } })
    // beta's own end is what counts if it comes first: 57 s after the heartbeat that it has echoed, 10 ms ago.
    expect(mayHoldOnUntilMs(one.cluster())).toBe(one.nowMs() - 10 + 57_000 - letGoMs)
    expect(one.cluster().truce!.disarmedEndMs).toBe(endMs)
  })

  test('keeps the leases although the peer no longer echoes, but never far ahead', () => {
    const one = node()
    one.order({ verb: 'disarm', forMs: 600_000 })
    one.hear({ truce: { ...one.cluster().truce!, disarmedEndMs: 599_000 } })
    one.wait(5_000)
    expect(heldUntilMs(one.cluster()) - one.nowMs()).toBe(10_000 - 1_000 - 2_225)
  })

  test('is over with a new start of the peer that has not confirmed, until it has', () => {
    const one = node()
    one.order({ verb: 'disarm', forMs: 60_000 })
    one.hear({ truce: { ...one.cluster().truce!, disarmedEndMs: 59_000 } })
    expect(unconfirmed(one.cluster())).toEqual([])
    one.hear({ boot: 'c' })
    expect(unconfirmed(one.cluster())).toEqual([beta])
    expect(mayHoldOnUntilMs(one.cluster())).toBe(Number.NEGATIVE_INFINITY)
    one.hear({ boot: 'c', truce: { ...one.cluster().truce!, disarmedEndMs: 56_000 } })
    expect(mayHoldOnUntilMs(one.cluster())).toBeGreaterThan(one.nowMs())
  })

  test('goes on when something else is ordered that the peer has not heard of, and ends when it is armed here', () => {
    const one = node()
    one.order({ verb: 'disarm', forMs: 60_000 })
    one.hear({ truce: { ...one.cluster().truce!, disarmedEndMs: 59_000 } })
    const untilMs = mayHoldOnUntilMs(one.cluster())
    one.order({ verb: 'maintenance-on', forMs: 60_000 })
    expect(mayHoldOnUntilMs(one.cluster())).toBe(untilMs)
    one.order({ verb: 'arm' })
    expect(mayHoldOnUntilMs(one.cluster())).toBeLessThan(one.nowMs())
  })
})

describe('taking', () => {
  test('waits for the end, and after an early one for whoever has not confirmed it', () => {
    const one = node()
    one.hear()
    const peer = () => one.cluster().members.peers.get(beta)!
    one.order({ verb: 'disarm', forMs: 60_000 })
    expect(isBound(one.cluster(), peer())).toBe(true)
    one.order({ verb: 'arm' })
    expect(one.cluster().standing.disarmed).toBe(false)
    expect(isBound(one.cluster(), peer())).toBe(true)
    one.hear({ truce: { ...one.cluster().truce!, disarmedEndMs: 0 } })
    expect(isBound(one.cluster(), peer())).toBe(false)
    one.hear({ boot: 'c' })
    expect(isBound(one.cluster(), peer())).toBe(true)
    one.wait(60_000)
    expect(isBound(one.cluster(), peer())).toBe(false)
  })

  test('is free at once where somebody has seen that the silent node is off', () => {
    const one = node()
    one.hear()
    one.order({ verb: 'disarm', forMs: 60_000 })
    one.order({ verb: 'arm', accept: 'two-holders' })
    expect(isBound(one.cluster(), one.cluster().members.peers.get(beta)!)).toBe(false)
  })

  test('is suspended from the first instant after a restart', () => {
    const truce = { ...word(1, 130_000), boundEndMs: 0, promises: [] }
    const one = node({ truce })
    expect(one.cluster().standing.disarmed).toBe(true)
    one.wait(25_000) // initdead is over
    expect(one.cluster().standing.silences.get(beta)).toBe('disarmed')
    one.wait(10_000)
    expect(one.cluster().standing.silences.get(beta)).toBe('free')
  })
})

describe('maintenance', () => {
  test('lengthens the leases of its own groups only', () => {
    const one = node()
    one.order({ verb: 'maintenance-on', group: web, forMs: 60_000 })
    const groupsNow = one.cluster().truce!.groups
    expect(groupsNow).toEqual([web])
    one.hear({ truce: { ...one.cluster().truce!, maintainedEndMs: 59_000 } })
    expect(mayKeepUntilMs(one.cluster(), web)).toBeGreaterThan(one.nowMs())
    expect(mayKeepUntilMs(one.cluster(), db)).toBeLessThan(one.nowMs())
    expect(heldLonger(one.cluster())).toBeUndefined() // no longer than the usual, while beta is heard
    // A one-way cut: beta goes on speaking and no longer echoes.
    for (let times = 1; times <= 8; times++)
      one.hear({
        truce: { ...one.cluster().truce!, maintainedEndMs: 59_000 - 1_000 * times },
        echoMs: 10 + 1_000 * times,
      })
    expect(heldUntilMs(one.cluster()) - one.nowMs()).toBeLessThan(1_000)
    expect(heldLonger(one.cluster())).toEqual({ untilMs: one.nowMs() + 10_000 - 1_000 - 2_225, groups: [web] })
  })

  test('ends for a node that is cut off, unless all have confirmed', () => {
    const one = node()
    one.hear()
    one.order({ verb: 'maintenance-on', group: web, forMs: 60_000 })
    const cutOff = (): Cluster => {
      const c = one.cluster()
      return { ...c, standing: { ...c.standing, isolated: true } }
    }
    expect([isUntouched(one.cluster(), web), isUntouched(one.cluster(), db)]).toEqual([true, false])
    expect(isUntouched(cutOff(), web)).toBe(false)
    one.hear({ truce: { ...one.cluster().truce!, maintainedEndMs: 59_000 } })
    expect(isUntouched(cutOff(), web)).toBe(true)
  })

  test('does not bring back an address that somebody took away', () => {
    const one = node()
    one.post({ type: 'done', job: 1, outcome: { ok: true, statuses: ['running'] } })
    one.post({ type: 'done', job: 2, outcome: { ok: true, statuses: ['running'] } })
    one.hear()
    const restored = (): readonly GroupName[] => one.effects.findLast(effect => effect.type === 'hold')!.restore
    one.hear()
    expect(restored()).toEqual([web, db])
    one.order({ verb: 'maintenance-on', group: web, forMs: 60_000 })
    one.hear()
    expect(restored()).toEqual([db])
  })
})
