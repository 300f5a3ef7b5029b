/**
 * How soon a real node answers. Whoever takes over waits for the word of every other living node, and those words are hosted
 * where the real node takes over: here the real node is one of those that are waited for.
 */
import type { Guest } from './observer.ts'
import { timing } from './scale.ts'
import { nowMs, peek, sleep, until } from './shell.ts'
import { comeBack, real, rest, type Stage } from './stage.ts'

export interface Answer {
  readonly nodes: number
  readonly groups: number
  readonly moved: number
  /** Until the real node had told that the lost one is dead: after the last heartbeat of that one and deadtime, ms. */
  readonly voteMs: number
  /** From the word of the new owner to the word of the real node that it knows it, ms. */
  readonly answerMs: number
  readonly peersLateMs: number
  readonly loadAverage: number
}

/** Power loss of a peer whose groups another peer takes; then it is back. */
export async function answerOf(stage: Stage, victim: Guest, heir: string, groups: number): Promise<Answer> {
  const { lab, peers } = stage
  const moved = (await rest(stage)).groups.filter(({ owner }) => owner === victim.name).length
  if (moved === 0) throw new Error(`${victim.name} has no group to lose`)
  lab.observer.forget()
  await sleep(1500 + Math.random() * timing.keepaliveMs)
  await peers.tell({ verb: 'forget' })
  const { atMs: faultMs } = await peers.tell({ verb: 'crash', name: victim.name })
  await sleep(Math.max(0, faultMs + timing.deadtimeMs + 1000 - nowMs()))
  let report = await peers.tell({ verb: 'report' })
  await until(`word of ${real} on ${victim.name}`, 10_000, async () => {
    report = await peers.tell({ verb: 'report' })
    return report.agreed.some(({ by }) => by === real)
  })
  const last = lab.observer.beats.findLast(beat => beat.from === victim.name && beat.to === real)
  const vote = report.votes.find(({ by, dead }) => by === real && dead === victim.name)
  const word = report.agreed.find(({ by }) => by === heir)
  const answer = report.agreed.find(({ by }) => by === real)
  if (!last || !vote || !word || !answer) throw new Error('a heartbeat, a verdict or an agreement was not seen')
  const found: Answer = {
    nodes: stage.guests.length + 1,
    groups,
    moved,
    voteMs: vote.atMs - last.atMs - timing.deadtimeMs,
    answerMs: answer.atMs - word.atMs,
    peersLateMs: report.lateMaxMs,
    loadAverage: Number((peek('/proc/loadavg') ?? '').split(' ')[0]),
  }
  await comeBack(stage, victim, moved)
  return found
}
