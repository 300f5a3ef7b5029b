/** Rounds that must all succeed: run, counted and told. */
import type { Row } from './cases.ts'
import { raiseGround } from './ground.ts'
import type { Lab } from './lab.ts'
import { rounds } from './rounds.ts'
import type { Scene } from './scene.ts'
import { closeOnSignal } from './setup.ts'
import { nowMs } from './shell.ts'
import { type Count, cell, type Spread, summary } from './stats.ts'

export interface Tally {
  /** Rounds that came to an end, and how many of them were right. */
  readonly rounds: number
  readonly right: number
  /** One for each round that was wrong or came to no end. */
  readonly failures: readonly string[]
  readonly figures: Readonly<Record<string, Spread | Count>>
}

export function tally(
  rows: readonly Row[],
  wrong: (row: Row) => string | undefined,
  broken: readonly string[] = [],
): Tally {
  const failures = rows.flatMap((row, i) => {
    const why = wrong(row)
    return why === undefined ? [] : [`round ${i + 1}: ${why}: ${JSON.stringify(row)}`]
  })
  return {
    rounds: rows.length,
    right: rows.length - failures.length,
    failures: [...failures, ...broken],
    figures: summary(rows),
  }
}

/** One line of a table, and the failures below it. */
export function told(name: string, { rounds, right, failures, figures }: Tally): string {
  const cells = Object.entries(figures).map(([key, entry]) => `${key.replaceAll('_', ' ')} ${cell(entry)}`)
  const head = `| ${name} | ${right} of ${rounds} | ${cells.join('; ')} |`
  return [head, ...failures.map(failure => `FAILED ${name} ${failure}`)].join('\n')
}

export interface Plan {
  readonly root: string
  readonly count: number
  /** Laboratories at once; a quiet machine carries several, as each mostly waits. */
  readonly pairs: number
  say(text: string): void
}

/** After so many rounds without an end it is not worth going on. */
const mostBroken = 10

/** `name`: a key of `rounds`. */
export async function runTally(name: string, { root, count, pairs, say }: Plan): Promise<Tally> {
  const { ground, run, wrong } = rounds[name]!
  const rows: Row[] = []
  const broken: string[] = []
  const labs = new Set<Lab>()
  closeOnSignal(async () => void (await Promise.all([...labs].map(lab => lab.close()))))
  let begun = 0
  const work = async (): Promise<void> => {
    let scene: Scene | undefined
    let lab: Lab | undefined
    const close = async () => {
      if (lab) labs.delete(lab)
      await lab?.close()
      scene = undefined
    }
    while (begun < count && broken.length < mostBroken) {
      begun++
      const fromMs = nowMs()
      try {
        scene ??= await raiseGround(root, ground, opened => {
          lab = opened
          labs.add(opened)
        })
        const row = await run(scene)
        rows.push(row)
        const why = wrong(row)
        const seconds = ((nowMs() - fromMs) / 1000).toFixed(0)
        say(`${name} ${rows.length}/${count} ${why ? `WRONG ${why} ` : ''}${JSON.stringify(row)} (${seconds} s)`)
      } catch (error) {
        broken.push(`came to no end: ${(error as Error).message}`)
        say(`FAILED ${name}: ${(error as Error).message}`)
        await close()
      }
    }
    await close()
  }
  await Promise.all(Array.from({ length: Math.min(pairs, count) }, work))
  return tally(rows, wrong, broken)
}
