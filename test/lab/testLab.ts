/** `npm run test:lab`: an Opsview pair on two guests with real DRBD, and the ways in which its active node is lost. */
import { parseArgs } from 'node:util'
import { closeOnSignal } from '../../bench/setup.ts'
import { startWriter } from './client.ts'
import { type Death, orderlyReboot, powerLoss } from './deaths.ts'
import { ofFencing } from './fencing.ts'
import { furnish, furnishSecond, missingHere, mountPoint } from './files.ts'
import { hangs } from './hangs.ts'
import { guests, type Laboratory, openLaboratory } from './laboratory.ts'
import { ofNetworks } from './network.ts'
import { type Pair, well } from './pair.ts'
import { ofRecipes } from './recipe.ts'
import { ofDisks, type Scene } from './scenes.ts'
import { tableOf } from './table.ts'
import { startWatch } from './watch.ts'

const scenesOf = (root: string): readonly Scene[] => [
  ...hangs,
  ...ofNetworks,
  ...ofFencing,
  ...ofDisks,
  ...ofRecipes(root),
]

const usage = `npm run test:lab -- [--iterations N] [--reboots N] [--only deaths|scenes|TEXT]

  --iterations N   power losses of the active node under load (20)
  --reboots N      orderly reboots of it (a quarter of that)
  --only WHAT      deaths: only those; scenes: only what a disk and a network can do; else the scenes with that in their names`

/** 0 when everything held, 1 at the first thing that did not, 2 when it was called wrongly. */
export async function testLab(root: string, folder: string, args: string[]): Promise<number> {
  const scenes = scenesOf(root)
  const options = readOptions(args, scenes)
  if (options === undefined) {
    console.error(usage)
    return 2
  }
  const begunMs = Date.now()
  let lab: Laboratory
  try {
    lab = await openLaboratory(folder)
  } catch (error) {
    console.log(`\n*** SKIPPED: test:lab did not run: no guests can be made here: ${(error as Error).message} ***\n`)
    return 0
  }
  closeOnSignal(async () => lab.close())
  const pair: Pair = { lab, root: `/lab/host${root}` }
  const deaths: Death[] = []
  let scenesPassed = 0
  try {
    await setUp(pair)
    const watch = startWatch(lab)
    const check = (): void => {
      const [first, ...more] = watch.violations()
      if (first !== undefined) throw new Error(`${first}${more.length > 0 ? `, and ${more.length} times more` : ''}`)
    }
    const all = options.only === undefined
    if (all || options.only === 'deaths') {
      await dieAgainAndAgain(pair, options, deaths, check)
      console.log(`never two primaries, never two mounts, in ${watch.samples()} looks`)
    }
    // A split brain, which is one of the scenes, is two primaries on purpose.
    watch.stop()
    if (options.only !== 'deaths') {
      const chosen = scenes.filter(({ name }) => all || options.only === 'scenes' || name.includes(options.only!))
      await playAll(pair, chosen, () => {
        scenesPassed += 1
      })
    }
  } catch (error) {
    console.error(`\nFAILED: ${(error as Error).message}`)
    await tellOf(pair)
    return 1
  } finally {
    if (deaths.length > 0) console.log(`\n${tableOf(deaths)}`)
    console.log(
      `\n${deaths.length + scenesPassed} passed in ${((Date.now() - begunMs) / 60_000).toFixed(1)} min: ${deaths.length} deaths, ${scenesPassed} scenes`,
    )
    lab.close()
  }
  return 0
}

function readOptions(args: string[], scenes: readonly Scene[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        iterations: { type: 'string', default: '20' },
        reboots: { type: 'string' },
        only: { type: 'string' },
      },
    })
    const iterations = Number(values.iterations)
    const reboots = Number(values.reboots ?? Math.ceil(iterations / 4))
    const only = values.only
    const isKnown = [undefined, 'deaths', 'scenes'].includes(only) || scenes.some(({ name }) => name.includes(only!))
    if (![iterations, reboots].every(Number.isInteger) || !isKnown) return undefined
    return { iterations, reboots, only }
  } catch {
    return undefined
  }
}

async function setUp(pair: Pair): Promise<void> {
  const { lab } = pair
  const [missing] = await Promise.all(guests.map(guest => furnish(lab, guest, pair.root)))
  for (const program of missing!) console.log(`*** no ${program} here: the group runs without it ***`)
  await Promise.all(
    guests.map(guest => lab.sh(guest, 'modprobe drbd && drbdadm create-md --force r0 && drbdadm up r0 && sync')),
  )
  await lab.sh('n1', 'drbdsetup wait-connect-resource r0 || sleep 3')
  // Both are new and all zeros: nothing has to be copied.
  await lab.sh('n1', 'drbdadm -- --clear-bitmap new-current-uuid r0 && drbdadm primary r0')
  await lab.sh('n1', 'mkfs.ext4 -q /dev/drbd0 && drbdadm secondary r0')
  await Promise.all(guests.map(guest => lab.sh(guest, `mkdir -p ${mountPoint} && sync && systemctl start tandemd`)))
  console.log(`two guests, DRBD ${await lab.sh('n1', 'head -1 /proc/drbd')}; all well on ${await well(pair)}`)
}

/** Throws at the first that is not as it should be. */
async function playAll(pair: Pair, chosen: readonly Scene[], passed: () => void): Promise<void> {
  const { lab } = pair
  await Promise.all(guests.map(guest => lab.sh(guest, 'systemctl stop tandemd', 120_000)))
  await Promise.all(guests.map(guest => furnishSecond(lab, guest)))
  await Promise.all(guests.map(guest => lab.sh(guest, 'systemctl start tandemd')))
  await well(pair)
  for (const { name, programs = [], play } of chosen) {
    const missing = await missingHere(lab, 'n1', programs)
    if (missing.length > 0) {
      console.log(`*** NOT PLAYED, as ${missing.join(', ')} is missing: ${name} ***`)
      continue
    }
    const at = Date.now()
    await play(pair)
    passed()
    console.log(`${name}: as it should be (${((Date.now() - at) / 1_000).toFixed(0)} s)`)
  }
}

async function dieAgainAndAgain(
  pair: Pair,
  { iterations, reboots }: { readonly iterations: number; readonly reboots: number },
  deaths: Death[],
  check: () => void,
): Promise<void> {
  const writer = startWriter(pair.lab, 1)
  const late: number[] = []
  try {
    for (let nth = 1; nth <= iterations + reboots; nth += 1) {
      const death = await (nth <= iterations ? powerLoss : orderlyReboot)(pair, writer)
      deaths.push(death)
      check()
      const { what, of, answerMs, boundMs, records } = death
      if (boundMs !== undefined && answerMs > boundMs) late.push(nth)
      console.log(
        `${String(nth).padStart(3)} ${what} of ${of}: answered after ${(answerMs / 1_000).toFixed(2)} s${boundMs === undefined ? '' : ` (at most ${(boundMs / 1_000).toFixed(2)} s)`}, ${records} records, none lost`,
      )
    }
  } finally {
    writer.stop()
  }
  // The rest of the figures is worth having all the same.
  if (late.length > 0) throw new Error(`answered too late: ${late.map(nth => `the ${nth}.`).join(', ')}`)
}

/** What one wants to know where it failed. */
async function tellOf({ lab, root }: Pair): Promise<void> {
  const command = `cat /proc/drbd; ${root}/bin/tandem status; tail -40 /var/log/ha-log; journalctl -u tandemd -n 20 --no-pager; dmesg | tail -15`
  for (const guest of guests) {
    const { stdout } = await lab
      .exec(guest, ['sh', '-c', `(${command}) 2>&1`], { timeout: 20_000 })
      .catch(error => ({ stdout: String(error) }))
    console.error(`--- ${guest}\n${stdout}`)
  }
}
