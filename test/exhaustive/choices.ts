/** What may happen next in a small world, in every order. */
import { type At, type Bounds, nodes, other, type Setting } from './setting.ts'
import { Transition } from './transition.ts'
import { isRunning, type World } from './world.ts'

interface Choice {
  readonly words: string
  readonly may: (world: World, setting: Setting) => boolean
  readonly happen: (t: Transition) => void
  readonly misfortune?: keyof Bounds
}

const has = (world: World, at: At): boolean =>
  isRunning(world.sides[at]) && world.flights[at].length > 0 && !mustStart(world, at)
const whole = ({ cut }: World): boolean => !cut[0] && !cut[1]

/**
 * A quantum ends when every node that runs has taken its turn, all datagrams have arrived that are not slow, and what was
 * begun in the quantum before is done: jobs, writes, the restart of a manager. A restart takes longer than a datagram.
 */
function mayPass(world: World): boolean {
  const { nowMs } = world
  return [0, 1].every(at => {
    const side = world.sides[at as At]
    if (!isRunning(side)) return true
    const old = (sinceMs: number | undefined) => sinceMs !== undefined && sinceMs < nowMs
    return (
      side.turned &&
      world.flights[at as At].every(flight => flight.slow) &&
      !old(side.work?.sinceMs) &&
      !old(side.saving?.sinceMs)
    )
  })
}

/** An agent that has failed may go on to fail. */
const isStruck = ({ struck, sides }: World, at: At): boolean =>
  struck?.at === at && struck.op === sides[at].work?.job.op

/** A restart takes a while; and what its beat has heard in this very instant would look as if it were heard after it. */
const mayStart = ({ sides, nowMs }: World, at: At): boolean =>
  sides[at].cluster === undefined && sides[at].downAtMs < nowMs && sides[at].heardAtMs < nowMs

/** Nor does it take for ever. */
const mustStart = (world: World, at: At): boolean => mayStart(world, at) && world.sides[at].overdue

const ofNode = (at: At): readonly Choice[] => {
  const self = nodes[at]
  const running = (world: World): boolean => isRunning(world.sides[at])
  return [
    {
      words: `${self}: timer`,
      may: world => running(world) && (!world.sides[at].turned || mayPass(world)),
      happen: t => {
        if (t.side(at).turned) t.pass()
        t.turn(at)
      },
    },
    {
      words: `${self}: a datagram arrives`,
      may: world => has(world, at),
      happen: t => t.receive(at, t.take(at, 'oldest').datagram),
    },
    {
      words: `${self}: a datagram arrives before an older one`,
      may: world => has(world, at) && world.flights[at].length > 1,
      happen: t => t.receive(at, t.take(at, 'newest').datagram),
      misfortune: 'overtakings',
    },
    {
      words: `${self}: a datagram is lost`,
      may: world => has(world, at),
      happen: t => void t.take(at, 'oldest'),
      misfortune: 'losses',
    },
    {
      words: `${self}: a datagram takes its time`,
      may: world => has(world, at) && !world.flights[at].at(-1)!.slow,
      happen: t => {
        t.world.flights[at] = t.world.flights[at].map(flight => ({ ...flight, slow: true }))
      },
      misfortune: 'delays',
    },
    {
      words: `${self}: the agent has begun to act`,
      may: world => running(world) && world.sides[at].work?.acted === false,
      happen: t => t.act(at),
    },
    {
      words: `${self}: the agent succeeds`,
      may: world => running(world) && world.sides[at].work !== undefined,
      happen: t => t.finish(at, true),
    },
    {
      words: `${self}: the agent fails`,
      may: world => running(world) && world.sides[at].work !== undefined && world.struck === undefined,
      happen: t => {
        t.world.struck = { at, op: t.side(at).work!.job.op }
        t.finish(at, false)
      },
      misfortune: 'failures',
    },
    {
      words: `${self}: the agent fails again`,
      may: world => running(world) && isStruck(world, at),
      happen: t => t.finish(at, false),
    },
    {
      words: `${self}: the disk has it`,
      may: world => running(world) && world.sides[at].saving !== undefined,
      happen: t => t.saved(at),
    },
    {
      words: `${self}: power off`,
      may: world => world.sides[at].powered,
      happen: t => t.powerOff(at),
      misfortune: 'crashes',
    },
    {
      words: `${self}: power on`,
      may: ({ sides, nowMs }) => !sides[at].powered && sides[at].downAtMs < nowMs,
      happen: t => t.powerOn(at),
    },
    {
      words: `${self}: stands still`,
      may: running,
      happen: t => {
        t.side(at).paused = true
      },
      misfortune: 'pauses',
    },
    {
      words: `${self}: goes on`,
      may: world => world.sides[at].paused,
      happen: t => {
        t.side(at).paused = false
      },
    },
    {
      words: `${self}: the manager dies`,
      may: world => running(world) && world.sides[at].cluster !== undefined,
      happen: t => t.killManager(at),
      misfortune: 'managerDeaths',
    },
    {
      words: `${self}: a new manager starts`,
      may: world => running(world) && mayStart(world, at),
      happen: t => t.startManager(at),
    },
    {
      words: `${self}: nothing it sends arrives from now on`,
      may: whole,
      happen: t => {
        t.world.cut[at] = true
      },
      misfortune: 'cuts',
    },
    {
      words: `${self}: order takeover`,
      may: world => running(world) && world.sides[at].cluster !== undefined,
      happen: t => t.feed(at, { type: 'order', id: 1, order: { verb: 'takeover', scope: 'all' } }),
      misfortune: 'orders',
    },
    {
      words: `${self}: order standby`,
      may: world => running(world) && world.sides[at].cluster !== undefined,
      happen: t => t.feed(at, { type: 'order', id: 1, order: { verb: 'standby' } }),
      misfortune: 'orders',
    },
    {
      words: `${self}: the service cable is pulled`,
      may: world => running(world) && world.sides[at].darkSinceMs === undefined,
      happen: t => t.pull(at, true),
      misfortune: 'cables',
    },
    {
      words: `${self}: the service cable is plugged in`,
      may: world => running(world) && world.sides[at].darkSinceMs !== undefined,
      happen: t => t.pull(at, false),
    },
    {
      words: `${self}: is switched off by ${nodes[other(at)]}`,
      may: world => world.sides[at].aimedAt && !world.sides[other(at)].paused,
      happen: t => {
        t.powerOff(at)
        t.feed(other(at), { type: 'fenced', node: self })
      },
    },
  ]
}

/** All that can ever happen; a choice is known by its place in this list. */
const all: readonly Choice[] = [
  ...ofNode(0),
  ...ofNode(1),
  {
    words: 'the cable is cut',
    may: whole,
    happen: t => {
      t.world.cut = [true, true]
    },
    misfortune: 'cuts',
  },
  {
    words: 'the cable is mended',
    may: world => !whole(world),
    happen: t => {
      t.world.cut = [false, false]
    },
  },
  {
    words: 'nobody runs, and time goes by',
    may: world => !world.sides.some(isRunning) && world.sides.some(side => side.paused),
    happen: t => t.pass(),
  },
]

export const wordsOf = (choice: number): string => all[choice]!.words
export const choiceOf = (words: string): number => all.findIndex(choice => choice.words === words)

/** What may happen now: of itself, or as a misfortune. */
export function choices(setting: Setting, world: World, misfortunes: boolean): readonly number[] {
  const found: number[] = []
  for (let index = 0; index < all.length; index++) {
    const { may, misfortune } = all[index]!
    const strikes = misfortune !== undefined && world.left[misfortune] > 0
    if ((misfortunes ? strikes : misfortune === undefined) && may(world, setting)) found.push(index)
  }
  return found
}

/** The world after it; throws a `Violation` if a law is broken. */
export function happen(setting: Setting, before: World, choice: number, say?: (line: string) => void): World {
  const { happen, misfortune } = all[choice]!
  const t = new Transition(setting, before, say)
  if (misfortune !== undefined) t.world.left = { ...before.left, [misfortune]: before.left[misfortune] - 1 }
  happen(t)
  return t.world
}
