/** One group of a thousand addresses: from the first that is configured to the last that answers, after a power loss. */
import type { Row } from './cases.ts'
import { type Ground, quiet, raiseGround, timesOf } from './ground.ts'
import { crash, hostNamed, type Lab, otherThan, reboot } from './lab.ts'
import type { Announcement, Answer, Holding } from './observer.ts'
import type { Timing } from './product.ts'
import { addressOf } from './scale.ts'
import { note, type Scene, tenths } from './scene.ts'
import { closeOnSignal } from './setup.ts'
import { nowMs, sleep, until } from './shell.ts'

const timing: Timing = { keepaliveMs: 1000, warntimeMs: 5000, deadtimeMs: 10_000 }

/** The client asks so many of them, the first and the last and those evenly in between, so often. */
const asked = 20
const probeMs = 10

/** Of `addresses`, so many, with the same steps between them. */
export function sampleOf(addresses: readonly string[], many = asked): readonly string[] {
  if (addresses.length <= many) return addresses
  return Array.from({ length: many }, (_, i) => addresses[Math.round((i * (addresses.length - 1)) / (many - 1))]!)
}

function groundOf(addresses: readonly string[]): Ground {
  const words = addresses.map(address => `IPaddr2::${address}/16/eth0`)
  return {
    names: ['alpha', 'beta'],
    timing,
    files: {
      haCf: `${timesOf(timing)}initdead 30\nbcast eth0\nauto_failback off\nnode alpha beta\n`,
      haresources: `alpha ${words.join(' ')}\n`,
    },
    address: sampleOf(addresses).join(','),
    probeMs,
    prefix: 16,
  }
}

export interface Seen {
  readonly holdings: readonly Holding[]
  readonly announcements: readonly Announcement[]
  readonly answers: readonly Answer[]
}

/** All on the host that takes over, in ms after `dueMs`, the last heartbeat plus deadtime; `probed` addresses are asked. */
export function figuresOf(
  { holdings, announcements, answers }: Seen,
  host: string,
  probed: number,
  dueMs: number,
): Row {
  const here = <T extends { readonly host: string }>(all: readonly T[]) => all.filter(one => one.host === host)
  const added = here(holdings)
    .filter(({ held }) => held)
    .map(({ atMs }) => atMs)
  const firstOf = <T extends { readonly atMs: number }>(all: readonly T[], key: (one: T) => unknown): number[] => {
    const found = new Map<unknown, number>()
    for (const one of all) if (!found.has(key(one))) found.set(key(one), one.atMs)
    return [...found.values()]
  }
  const told = firstOf(here(announcements), ({ address }) => address)
  const answered = firstOf(here(answers), ({ index }) => index)
  const first = Math.min(...added)
  return {
    addresses: added.length,
    announced: told.length,
    asked_and_answered: answered.length === probed ? 'all' : `${answered.length} of ${probed}`,
    first_configured_after_deadtime_ms: tenths(first - dueMs),
    last_configured_ms: tenths(Math.max(...added) - first),
    last_announced_ms: tenths(Math.max(...told) - first),
    last_answers_ms: tenths(Math.max(...answered) - first),
  }
}

export interface ManyPlan {
  readonly root: string
  readonly addresses: number
  readonly runs: number
  say(text: string): void
}

export async function runManyAddresses({ root, addresses, runs, say }: ManyPlan): Promise<readonly Row[]> {
  let lab: Lab | undefined
  closeOnSignal(async () => lab?.close())
  const all = Array.from({ length: addresses }, (_, i) => addressOf(i))
  const rows: Row[] = []
  try {
    const scene = await raiseGround(root, groundOf(all), opened => {
      lab = opened
    })
    for (let i = 1; i <= runs; i++) {
      rows.push(await lose(scene, all))
      say(`addresses1000 ${i}/${runs} ${JSON.stringify(rows.at(-1))}`)
    }
  } finally {
    await lab?.close()
  }
  return rows
}

async function lose(scene: Scene, all: readonly string[]): Promise<Row> {
  const { lab, product } = scene
  const { observer } = lab
  await quiet(scene)
  await until('the service', 60_000, () => all.every(address => observer.holders(address).length === 1))
  const active = hostNamed(lab, observer.holders(all[0]!)[0])
  const standby = otherThan(lab, active)
  observer.forget()
  await sleep(1500 + Math.random() * timing.keepaliveMs)
  product.release(active)
  const faultMs = note(scene, `power loss of ${active.name}`, await crash(lab, active))
  const onStandby = () => observer.holdings.filter(one => one.held && one.host === standby.name && one.atMs > faultMs)
  await until(`all addresses on ${standby.name}`, 3 * timing.deadtimeMs, () => onStandby().length >= all.length)
  const toStandby = observer.beats.filter(one => one.from === active.name && one.to === standby.name)
  const last = toStandby.findLast(one => one.atMs <= faultMs + 1)
  const sinceMs = nowMs()
  const probed = sampleOf(all).length
  const answeredBy = () => new Set(observer.answers.filter(one => one.host === standby.name).map(one => one.index)).size
  await until('an answer of each that is asked', 10_000, () => answeredBy() === probed).catch(() => {})
  await sleep(Math.max(0, sinceMs + 700 - nowMs()))
  const after = <T extends { readonly atMs: number }>(list: readonly T[]) => list.filter(({ atMs }) => atMs > faultMs)
  const row = figuresOf(
    {
      holdings: after(observer.holdings),
      announcements: after(observer.announcements),
      answers: after(observer.answers),
    },
    standby.name,
    probed,
    (last?.atMs ?? Number.NaN) + timing.deadtimeMs,
  )
  await reboot(lab, active)
  product.start(active)
  return row
}

/** Why a run does not count; undefined when it does. */
export function wrongOf(row: Row, addresses: number): string | undefined {
  if (row['addresses'] !== addresses) return `${row['addresses']} of ${addresses} addresses came`
  if (row['announced'] !== addresses) return `${row['announced']} of ${addresses} addresses were announced`
  if (row['asked_and_answered'] !== 'all') return `${row['asked_and_answered']} addresses answered`
  const ms = Number(row['last_answers_ms'])
  return ms <= 60 ? undefined : `the last one answered ${ms} ms after the first was configured, over 60`
}
