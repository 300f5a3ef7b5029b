/**
 * Nodes that live and cannot hear each other on any link, while nothing tells either that it is the one cut off: without
 * fencing both act, and end it once they meet again. With `ask` too, where the ping node answers both and neither can
 * reach anything of the other: nobody can know.
 */
import { nowMs, sleep, until } from '../../../bench/shell.ts'
import { logMark, type TestNode } from '../../integration/nodeLab.ts'
import { between, chance, pick } from '../../sim/dice.ts'
import { addressed, doublesSince, marked, quiet, unmoved } from '../check.ts'
import { groupsOn, type Outcome, othersThan, recovery, type Scenario, slackMs } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { openWeather } from '../weather.ts'

/** Two silences: the cables pulled, or all that the nodes say to each other lost while the client reaches both. */
async function cut(stage: Stage): Promise<() => Promise<void>> {
  const [a, b] = stage.nodes as [TestNode, TestNode]
  // With a ping node the cables that are pulled are HolderCutOff; the other silence leaves both of them an answer.
  if (chance(stage.roll, 0.5) && stage.setting.policy === 'take') {
    stage.say('cables pulled')
    await Promise.all([stage.lab.cut(a.name), stage.lab.cut(b.name)])
    return async () => void (await Promise.all([stage.lab.heal(a.name), stage.lab.heal(b.name)]))
  }
  stage.say('only the nodes cannot hear each other')
  const weather = await openWeather(stage)
  await weather.between(a, b, { loss: 1 })
  return weather.clear
}

/** Ended for a cut that both have seen the end of: a stop, and the word that asks for it. */
const resolveMs = (stage: Stage): number => 2 * stage.timing.keepaliveMs + slackMs

/** Each group by who had it before the cut: that one has the lower epoch now, and lets go first. */
function lowerLetGoFirst(stage: Stage, before: ReadonlyMap<string, string>, healMs: number): void {
  for (const { mark } of stage.groups) {
    const stops = stage.activity.traces().filter(one => one.name === mark && one.word === 'stop' && one.atMs > healMs)
    if (stops[0]?.node !== before.get(mark))
      throw new Error(`${mark} was to be let go first by ${before.get(mark)}, not by ${stops[0]?.node ?? 'nobody'}`)
  }
}

async function splitBrain(stage: Stage): Promise<Outcome> {
  const { deadtimeMs, keepaliveMs } = stage.timing
  const before = new Map(stage.groups.map(one => [one.mark, marked(stage, one)[0]!]))
  const since = stage.nodes.map(logMark)
  const cutMs = nowMs()
  const heal = await cut(stage)
  let healMs = cutMs
  try {
    await until('both to hold everything', deadtimeMs + keepaliveMs + 4_000, () =>
      stage.groups.every(one => marked(stage, one).length === 2 && addressed(stage, one).length === 2),
    )
    // Half of them until the announcements of the takeover are over: what is heard after the heal is then for the heal.
    await sleep(chance(stage.roll, 0.5) ? between(stage.roll, 0, deadtimeMs) : between(stage.roll, 5_500, 6_500))
  } finally {
    await heal()
    healMs = nowMs()
  }
  const limitMs = resolveMs(stage)
  await until('one of them to let go', limitMs + 5_000, () =>
    stage.groups.every(one => marked(stage, one).length === 1 && addressed(stage, one).length === 1),
  )
  await sleep(limitMs) // for announcements, and for second thoughts
  lowerLetGoFirst(stage, before, healMs)
  announcedAgain(stage, before, healMs, limitMs)
  for (const [i, read] of since.entries()) {
    const told = read()
    for (const text of ['returning after partition', 'and this node hold '])
      if (!told.includes(text)) throw new Error(`${stage.nodes[i]!.name} did not record: "... ${text} ..."`)
  }
  await quiet(stage)
  return { permit: { fromMs: cutMs + deadtimeMs - keepaliveMs - slackMs, toMs: healMs + limitMs } }
}

function announcedAgain(stage: Stage, before: ReadonlyMap<string, string>, healMs: number, withinMs: number): void {
  for (const { mark, address } of stage.groups) {
    const winner = stage.nodes.find(node => node.name !== before.get(mark))!
    const told = stage.announcements(winner, address).some(atMs => atMs > healMs && atMs < healMs + withinMs)
    if (!told)
      throw new Error(`${winner.name} kept ${address} and did not announce it within ${withinMs} ms of the heal`)
  }
}

export const cuts: readonly Scenario[] = [
  { name: 'SplitBrain', on: ['take', 'ask'], play: splitBrain },
  {
    name: 'AsymmetricLink',
    on: ['take', 'ask'],
    async play(stage) {
      const mute = pick(
        stage.roll,
        stage.nodes.filter(node => groupsOn(stage, node).length > 0),
      )
      const deaf = othersThan(stage, mute)[0]!
      const weather = await openWeather(stage)
      try {
        const device = pick(stage.roll, ['eth0', 'eth1'])
        stage.say(`${deaf.name} does not hear ${mute.name}, first over ${device}`)
        const oneMs = nowMs()
        await weather.oneWay(mute, deaf, { loss: 1 }, device)
        await sleep(1.5 * stage.timing.deadtimeMs)
        unmoved(stage, oneMs)
        const bothMs = nowMs()
        await weather.oneWay(mute, deaf, { loss: 1 })
        const patienceMs = stage.timing.deadtimeMs + stage.timing.keepaliveMs + resolveMs(stage) + 4_000
        await until(`${deaf.name} to have everything`, patienceMs, () =>
          stage.groups.every(one => [marked(stage, one), addressed(stage, one)].every(on => on.join() === deaf.name)),
        )
        const outcome = recovery(stage, bothMs)
        short(stage, bothMs)
        return { ...outcome, permit: { fromMs: bothMs, toMs: nowMs() } }
      } finally {
        await weather.clear()
      }
    },
  },
]

/**
 * The mute one sees in the echoes that it is not heard, but not whether it answers when the other asks, with `ask` too. It
 * hears that it has lost its groups with the other's next heartbeat, and ends what both hold as soon as after a heal.
 */
function short(stage: Stage, sinceMs: number): void {
  const long = doublesSince(stage, sinceMs).find(({ fromMs, toMs }) => toMs - fromMs > resolveMs(stage))
  if (long === undefined) return
  throw new Error(`${long.nodes.join(' and ')} both had ${long.what} for ${Math.round(long.toMs - long.fromMs)} ms`)
}
