/** The two guests as a cluster: what it says of itself, and what is on its disk. */
import { group, journal } from './files.ts'
import { type GuestName, guests, type Laboratory } from './laboratory.ts'

/** The part of `tandem status --json` that is looked at. */
export interface PairStatus {
  readonly state: string
  readonly headline: string
  readonly problems: readonly { readonly code: string; readonly text: string; readonly fix?: string }[]
  readonly groups: readonly {
    readonly name: string
    readonly state: string
    readonly on: readonly string[]
    readonly why?: string
    readonly failedOn: readonly string[]
    readonly ifDies: string
  }[]
  readonly drbd?: readonly {
    readonly role: string
    readonly disk: string
    readonly splitBrain: boolean
    readonly peers: readonly { readonly connection: string; readonly disk: string }[]
  }[]
}

export interface Pair {
  readonly lab: Laboratory
  /** As the guests see the checkout. */
  readonly root: string
}

export const groupIn = (status: PairStatus | undefined, name: string = group) =>
  status?.groups.find(one => one.name === name)

export const must = (good: boolean, text: string): void => {
  if (!good) throw new Error(text)
}

/** `tandem` in a guest; throws where its exit code is not 0. */
export const tandem = ({ lab, root }: Pair, guest: GuestName, words: string): Promise<string> =>
  lab.sh(guest, `${root}/bin/tandem ${words}`, 120_000)

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** undefined while the manager does not answer. */
export async function statusOf({ lab, root }: Pair, guest: GuestName): Promise<PairStatus | undefined> {
  const ran = await lab
    .exec(guest, [`${root}/bin/tandem`, 'status', '--json'], { timeout: 15_000 })
    .catch(() => undefined)
  try {
    return ran === undefined ? undefined : (JSON.parse(ran.stdout) as PairStatus)
  } catch {
    return undefined
  }
}

export async function until<T>(what: string, withinMs: number, look: () => Promise<T | undefined | false>): Promise<T> {
  const endMs = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > endMs) throw new Error(`not within ${withinMs / 1_000} s: ${what}`)
    await sleep(300)
  }
}

/** Until the manager of that guest has logged it, from now on. Resolves to how long that took since then, in milliseconds. */
export async function logged(
  { lab }: Pair,
  guest: GuestName,
  says: RegExp,
  withinMs: number,
  cause: () => Promise<unknown>,
): Promise<number> {
  const ended = new AbortController()
  let text = ''
  let begunMs = 0
  let atMs: number | undefined
  const onStdout = (data: Buffer): void => {
    text += data.toString()
    if (begunMs > 0 && atMs === undefined && says.test(text)) atMs = Date.now()
  }
  const command = ['tail', '-n', '0', '-F', '/var/log/ha-log']
  const tail = lab.exec(guest, command, { timeout: 600_000, onStdout, signal: ended.signal }).catch(() => undefined)
  await sleep(500)
  try {
    begunMs = Date.now()
    await cause()
    await until(`${says} in the log of ${guest}`, withinMs, async () => atMs !== undefined)
  } catch (error) {
    throw new Error(`${(error as Error).message}; it said: ${text.trim().split('\n').slice(-3).join(' | ')}`)
  } finally {
    ended.abort()
    await tail
  }
  return atMs! - begunMs
}

/** Both up and connected, both disks good, the group on one of them. Resolves to that one. */
export function well(pair: Pair, withinMs = 240_000): Promise<GuestName> {
  return until('all well', withinMs, async () => {
    const [one, two] = await Promise.all(guests.map(guest => statusOf(pair, guest)))
    if (!one || !two || one.state !== 'ok' || two.state !== 'ok') return undefined
    const equal = [one, two].every(
      ({ drbd }) => drbd?.[0]?.disk === 'UpToDate' && drbd[0].peers[0]?.disk === 'UpToDate',
    )
    const [on] = one.groups.find(({ name }) => name === group)?.on ?? []
    return equal && guests.find(guest => guest === on)
  })
}

/** Each acknowledged record once, and no line that is not a whole record. Resolves to how many there are. */
export async function checkJournal({ lab }: Pair, active: GuestName, acknowledged: Iterable<number>): Promise<number> {
  const lines = (await lab.sh(active, `cat ${journal}`)).split('\n')
  const counts = new Map<number, number>()
  for (const line of lines) {
    const [, number] = /^record (\d+) end$/.exec(line) ?? []
    if (number === undefined) throw new Error(`${active}: a damaged line in the journal: ${JSON.stringify(line)}`)
    counts.set(Number(number), (counts.get(Number(number)) ?? 0) + 1)
  }
  const missing = [...acknowledged].filter(number => !counts.has(number))
  if (missing.length > 0)
    throw new Error(`${missing.length} acknowledged records are lost: ${missing.slice(0, 5).join(', ')}`)
  const twice = [...counts].filter(([, count]) => count > 1)
  if (twice.length > 0) throw new Error(`${twice.length} records are there twice: ${twice[0]![0]}`)
  return counts.size
}
