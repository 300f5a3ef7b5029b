/** Breadth first over everything that can happen, so that what is found wrong is told in the fewest steps. */
import { calm, quantaToSettle, recovers } from './calm.ts'
import { Canon } from './canon.ts'
import { choiceOf, choices, happen, wordsOf } from './choices.ts'
import { Violation } from './law.ts'
import type { Setting } from './setting.ts'
import { Table } from './table.ts'
import { darkness, type World } from './world.ts'

/** Where a search begins. */
export interface Root {
  readonly name: string
  readonly world: World
}

export interface Broken {
  readonly text: string
  /** What led there from the root, in words; `calm` if it took good weather to show. */
  readonly root: Root
  readonly choices: readonly number[]
  readonly calm: 'on' | 'off' | undefined
}

export interface Progress {
  readonly states: number
  readonly transitions: number
  /** All that can happen with so many misfortunes has been seen; -1: not even without any. */
  readonly misfortunes: number
  /** Steps from a root: of the states looked at now, and the most so far. */
  readonly depth: number
  readonly deepest: number
  readonly frontier: number
  /** States from which good weather was tried. */
  readonly recovered: number
  /** States in which both have something of the group. */
  readonly splits: number
}

export interface Found extends Progress {
  /** Nothing is left to be seen. */
  readonly whole: boolean
  readonly broken: Broken | undefined
}

export interface Search {
  readonly setting: Setting
  readonly mostStates: number
  /** Of every so many states one is tried in good weather. */
  readonly calmEvery: number
  readonly tell?: (progress: Progress) => void
}

/** Both switched on at once; or: alpha has it, and beta has taken it while alpha was away. */
export function rootsOf(setting: Setting): readonly Root[] {
  const run = (before: World, ...words: readonly string[]): World => {
    let world = before
    for (const word of words) world = { ...happen(setting, world, choiceOf(word)), left: setting.bounds }
    return world
  }
  const settled = (world: World, on: boolean): World => ({
    ...calm(setting, world, quantaToSettle(setting), on),
    left: setting.bounds,
  })
  const cold = run(darkness(setting), 'alpha: power on', 'beta: power on')
  if (setting.begins === 'cold') return [{ name: 'both nodes have just been switched on', world: cold }]
  const home = settled(cold, true)
  const away = settled(settled(run(home, 'alpha: power off'), false), true)
  return [
    { name: 'alpha runs the group, beta stands by', world: home },
    { name: 'beta has taken the group, alpha is back', world: away },
  ]
}

/** A state that is to be looked at: its number, and the world. */
interface Entry {
  readonly state: number
  readonly world: World
}

export function search(wanted: Search): Found {
  const { setting } = wanted
  try {
    rootsOf(setting)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    const root = { name: 'on the way to where the search begins', world: darkness(setting) }
    const none = {
      states: 0,
      transitions: 0,
      misfortunes: -1,
      depth: 0,
      deepest: 0,
      frontier: 0,
      recovered: 0,
      splits: 0,
    }
    return { ...none, whole: false, broken: { text: error.message, root, choices: [], calm: undefined } }
  }
  return new Searching(wanted).run()
}

class Searching {
  private readonly wanted: Search
  private readonly canon: Canon
  private readonly seen: Table
  /** From which state each one was reached, and by what; below zero: it is a root. */
  private readonly parents: Int32Array
  private readonly causes: Uint8Array
  private readonly roots: readonly Root[]
  private readonly counts = { transitions: 0, depth: 0, deepest: 0, misfortunes: -1, recovered: 0, splits: 0 }
  private broken: Broken | undefined

  constructor(wanted: Search) {
    const { setting, mostStates } = wanted
    this.wanted = wanted
    this.canon = new Canon(setting)
    this.seen = new Table(mostStates)
    this.parents = new Int32Array(mostStates + 1)
    this.causes = new Uint8Array(mostStates + 1)
    this.roots = rootsOf(setting)
  }

  /** By number of misfortunes, and among equals by number of steps. */
  run(): Found {
    const none: Entry[] = []
    for (const [index, { world }] of this.roots.entries())
      if (this.isNew(world, ~index, 0)) none.push({ state: index, world })
    let seeds: Entry[][] = [none]
    for (let first = true; seeds.length > 0 && this.goesOn; first = false) {
      const level = this.level(seeds, first)
      if (!this.goesOn) break
      this.counts.misfortunes++
      seeds = level.some(entries => entries.length > 0) ? level : []
    }
    return { ...this.progress(0), whole: seeds.length === 0, broken: this.broken }
  }

  private get goesOn(): boolean {
    return this.broken === undefined && this.seen.size < this.wanted.mostStates
  }

  /**
   * Everything that is reached with one misfortune more than `before`, which holds all states of one misfortune less by
   * number of steps; or, first of all, what is reached without any.
   */
  private level(before: readonly Entry[][], first: boolean): Entry[][] {
    const found: Entry[][] = []
    let frontier: readonly Entry[] = first ? before[0]! : []
    for (let depth = 0; depth < before.length || frontier.length > 0; depth++) {
      const next: Entry[] = []
      found.push([...frontier])
      this.counts.depth = depth
      this.counts.deepest = Math.max(this.counts.deepest, depth)
      for (const entry of frontier) {
        this.look(entry)
        this.expand(entry, false, next)
        if (!this.goesOn) return found
        this.tellNowAndThen(frontier.length + next.length)
      }
      if (!first) {
        for (const entry of before[depth] ?? []) {
          this.expand(entry, true, next)
          if (!this.goesOn) return found
          this.tellNowAndThen(frontier.length + next.length)
        }
      }
      frontier = next
    }
    return found
  }

  private expand({ state, world }: Entry, misfortunes: boolean, next: Entry[]): void {
    const { setting } = this.wanted
    for (const choice of choices(setting, world, misfortunes)) {
      let after: World
      try {
        after = happen(setting, world, choice)
      } catch (error) {
        this.broken ??= this.brokenBy(error, state, [choice])
        return
      }
      this.counts.transitions++
      if (this.isNew(after, state, choice)) next.push({ state: this.seen.size - 1, world: after })
      if (!this.goesOn) return
    }
  }

  private isNew(world: World, parent: number, cause: number): boolean {
    this.canon.hash(world)
    if (!this.seen.add(this.canon.high, this.canon.low)) return false
    this.parents[this.seen.size - 1] = parent
    this.causes[this.seen.size - 1] = cause
    if (isSplit(world)) this.counts.splits++
    return true
  }

  /** Now and then: does all come right in good weather? */
  private look({ state, world }: Entry): void {
    const { setting, calmEvery } = this.wanted
    if (state % calmEvery !== 0) return
    const on = state % (2 * calmEvery) === 0
    try {
      recovers(setting, world, on)
      this.counts.recovered++
    } catch (error) {
      this.broken ??= this.brokenBy(error, state, [], on ? 'on' : 'off')
    }
  }

  private brokenBy(error: unknown, state: number, last: readonly number[], calm?: 'on' | 'off'): Broken {
    const path: number[] = []
    let at = state
    for (; this.parents[at]! >= 0; at = this.parents[at]!) path.unshift(this.causes[at]!)
    const text = error instanceof Violation ? error.message : `crash: ${(error as Error).stack ?? String(error)}`
    return { text, root: this.roots[~this.parents[at]!]!, choices: [...path, ...last], calm }
  }

  private progress(frontier: number): Progress {
    return { states: this.seen.size, frontier, ...this.counts }
  }

  private tellNowAndThen(frontier: number): void {
    if (this.counts.transitions % 1024 < 8) this.wanted.tell?.(this.progress(frontier))
  }
}

/** Both have something of the group: the policy `take` allows it after silence. */
const isSplit = ({ sides, nowMs }: World): boolean =>
  sides.every(({ things }) => things.some(({ untilMs }) => untilMs > nowMs))

/** What happened, for people: each step, and what the nodes said. */
export function tellStory(setting: Setting, { text, root, choices, calm: weather }: Broken): string {
  const lines = [`${root.name}; one quantum is ${setting.timing.keepaliveMs} ms`]
  let { world } = root
  const stamp = (): string => ((world.nowMs - root.world.nowMs) / 1000).toFixed(1).padStart(6)
  const say = (line: string): void => void lines.push(`${' '.repeat(8)} ${line}`)
  try {
    for (const choice of choices) {
      lines.push(`${stamp()} * ${wordsOf(choice)}`)
      world = happen(setting, world, choice, say)
    }
    if (weather !== undefined) {
      lines.push(`${stamp()} * good weather from now on${weather === 'on' ? ', and both are switched on' : ''}`)
      recovers(setting, world, weather === 'on', say)
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
  }
  return [...lines, `VIOLATION ${text}`].join('\n')
}
