/** What must never happen, judged by the truth of the small world. The rules are those of the simulator. */
import { leaseSeconds } from '../../src/lease.ts'
import { silentAfterMs } from '../../src/resources/hold.ts'
import type { Job } from '../../src/types.ts'
import { type At, groupName, nodes, other, type Setting } from './setting.ts'
import { isLive, type Side, type World } from './world.ts'

export class Violation extends Error {}

export function check(holds: boolean, rule: string, text: () => string): void {
  if (!holds) throw new Violation(`${rule}: ${text()}`)
}

const silentMs = (world: World, side: Side): number => world.nowMs - side.provedAtMs

export const isDeaf = (setting: Setting, world: World, side: Side): boolean =>
  world.nowMs - side.heardAtMs >= silentAfterMs(setting.timing)

/** S1: a resource has come to be on this node, by a job or because its lease was granted anew. */
export function oneHolder(setting: Setting, world: World, at: At, index: number, started: boolean): void {
  const winner = world.sides[at]
  const loser = world.sides[other(at)]
  const twin = loser.things[index]!
  if (!isLive(twin, world.nowMs)) return
  const what = () =>
    `${setting.group.resources[index]!.name} is live on ${nodes[other(at)]} and now on ${nodes[at]} too`
  check(!setting.fencing, 'S1', () => `${what()}, with fencing`)
  if (started)
    check(winner.startedInSilence, 'S1', () => `${what()}, which had heard ${nodes[other(at)]} within deadtime`)
  if (leaseSeconds(setting.timing) === 0 || !setting.group.resources[index]!.address) return
  // After a heal the loser hears again, and renews what it is about to stop.
  const losing =
    loser.cluster !== undefined && loser.cluster.groups.get(groupName)!.assignment.owner !== nodes[other(at)]
  check(twin.deaf || (losing && winner.cutFrom), 'S1', () => `${what()}, though ${nodes[other(at)]} heard ${nodes[at]}`)
  check(winner.cutFrom || unheard(world, other(at)), 'S1', () => `${what()}, though they hear each other`)
}

/** S17: given away for its carrier, by a node that has none, to one that had it longer. */
export function handsOver(world: World, at: At): void {
  const [mine, theirs] = [world.sides[at].darkSinceMs, world.sides[other(at)].darkSinceMs]
  check(mine !== undefined, 'S17', () => `${nodes[at]} gives the group away for its carrier, which it has`)
  check(
    theirs === undefined || theirs > mine!,
    'S17',
    () => `${nodes[other(at)]} gets the group, and has no carrier either`,
  )
}

/** Something that this node has sent has not been accepted by the other. */
export function unheard(world: World, at: At): boolean {
  const { beat } = world.sides[at]
  const session = world.sides[other(at)].beat?.peers[0]?.session
  return beat === undefined || session?.boot !== beat.boot || session.newest < beat.sent.seq
}

/** S2, S3, S4, S10, S13, S14: a piece of work begins. */
export function jobBegins(setting: Setting, world: World, at: At, job: Job): void {
  const side = world.sides[at]
  const self = nodes[at]
  const cluster = side.cluster!
  const { assignment, run } = cluster.groups.get(groupName)!
  check(side.work === undefined, 'S3', () => `${self} begins to ${job.op} while another job runs`)
  if (job.op === 'probe') return
  if (job.op === 'stop') {
    const above = side.things.findIndex((thing, index) => index > job.last && isLive(thing, world.nowMs))
    check(above < 0, 'S3', () => `${self} stops resource ${job.last}, but ${above} above it is live`)
    const reason =
      assignment.owner !== self || cluster.standby || cluster.leaving !== undefined || run.failed !== undefined
    check(reason, 'S14', () => `${self} stops the group although it owns it and nothing is wrong`)
    return
  }
  check(job.first <= side.up, 'S3', () => `${self} starts resource ${job.first} when only ${side.up} below it run`)
  check(!cluster.standby && cluster.leaving === undefined, 'S13', () => `${self} starts in standby or while leaving`)
  check(assignment.owner === self, 'S2', () => `${self} starts the group, which is ${assignment.owner}'s`)
  const there = world.sides[other(at)]
  const blocked = there.cluster?.groups.get(groupName)?.run.blocked !== undefined
  check(
    !(blocked && side.knowsBlocked),
    'S4',
    () => `${self} starts the group, which is blocked on ${nodes[other(at)]}`,
  )
  if (job.first === 0) activates(world, at, assignment.epoch)
  side.startedInSilence = silentMs(world, side) >= setting.timing.deadtimeMs
  // Without fencing silence is the only excuse for not having the other's word.
  check(
    side.startedInSilence || !holdsByTruth(world, there),
    'S2',
    () => `${self} starts the group although ${nodes[other(at)]} has it and was heard within deadtime`,
  )
}

const holdsByTruth = ({ nowMs }: World, { things, work }: Side): boolean =>
  work?.job.op === 'start' || things.some(thing => isLive(thing, nowMs))

/** S10: one node for each move of the group. */
function activates(
  world: World,
  at: At,
  { counter, minter }: { counter: number; minter: (typeof nodes)[number] },
): void {
  const before = world.activations.find(one => one.counter === counter && one.minter === minter)
  if (before?.at === at) return
  check(
    before === undefined,
    'S10',
    () => `move ${counter}/${minter} was activated on ${nodes[other(at)]} and now on ${nodes[at]}`,
  )
  world.activations = [...world.activations, { counter, minter, at }]
}

/** S11: nobody is declared dead before its time. */
export function declaredDead(setting: Setting, world: World, at: At, neverSeen: boolean): void {
  const side = world.sides[at]
  const ms = neverSeen ? Math.min(world.nowMs - side.bornAtMs, silentMs(world, side)) : silentMs(world, side)
  const limitMs = neverSeen ? setting.timing.initdeadMs : setting.timing.deadtimeMs
  check(ms >= limitMs, 'S11', () => `${nodes[at]} declares ${nodes[other(at)]} dead after ${ms} ms`)
  side.cutFrom = unheard(world, other(at))
}
