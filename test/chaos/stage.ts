/** A cluster of real processes under observation: what a scenario is played on. */
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Observer, startObserver } from '../../bench/observer.ts'
import { inNetwork, newPlace, type Place } from '../../bench/place.ts'
import { nowMs, run } from '../../bench/shell.ts'
import type { Timing } from '../../src/types.ts'
import { configure, type NodeLab, openNodes, port, type TestNode } from '../integration/nodeLab.ts'
import type { Dice } from '../sim/dice.ts'
import { type Activity, activityIn } from './activity.ts'
import type { Change } from './doubles.ts'
import type { Policy, Setting, TimingName } from './plan.ts'
import { type Service, startService } from './service.ts'

/** A group: an address, a mark (mark.pl) and a `svc` of the test laboratory, which can be told to misbehave. */
export interface ServiceGroup {
  /** As the product calls it. */
  readonly name: string
  readonly mark: string
  readonly address: string
  readonly home: string
}

export interface Stage {
  /** The checkout. */
  readonly root: string
  readonly lab: NodeLab
  readonly setting: Setting
  readonly timing: Timing
  /** Addresses go by themselves when nobody renews them. */
  readonly leased: boolean
  readonly nodes: readonly TestNode[]
  readonly groups: readonly ServiceGroup[]
  readonly service: Service
  readonly observer: Observer
  readonly activity: Activity
  /** Where the client's cable ends at the switch of eth0; it is 10.77.0.250. */
  readonly clientPort: string
  /** All that the observer saw of addresses, power cuts included. */
  addressChanges(): readonly Change[]
  /** Power loss: nothing is active there any more, whatever the interface still shows. */
  dark(node: TestNode): void
  /** When a host announced an address to the client, ms. */
  announcements(node: TestNode, address: string): readonly number[]
  /** Of the iteration that is played. */
  roll: Dice
  say(text: string): void
  close(): Promise<void>
}

export const timings: Readonly<Record<TimingName, Timing>> = {
  quick: { keepaliveMs: 200, warntimeMs: 800, deadtimeMs: 2_000, initdeadMs: 5_000 },
  leased: { keepaliveMs: 500, warntimeMs: 1_500, deadtimeMs: 5_000, initdeadMs: 10_000 },
  // For pauses: with 0.9 deadtime there is room for a keepalive and for a loaded machine.
  fine: { keepaliveMs: 100, warntimeMs: 800, deadtimeMs: 2_000, initdeadMs: 5_000 },
  fineLeased: { keepaliveMs: 200, warntimeMs: 1_500, deadtimeMs: 5_000, initdeadMs: 10_000 },
}

/** The kernel removes an address up to 1.25 s late and counts whole seconds: below this there is no lease. */
const hasLease = ({ keepaliveMs, deadtimeMs }: Timing): boolean => deadtimeMs >= 4 * keepaliveMs + 2_600

export const groups: readonly ServiceGroup[] = [
  { mark: 'web', address: '10.77.0.110', home: 'alpha', name: '10.77.0.110/24/eth0' },
  { mark: 'db', address: '10.77.0.111', home: 'beta', name: '10.77.0.111/24/eth0' },
]

const clientPort = 'p-client'
/** The client is the ping node too. */
export const clientAddress = '10.77.0.250'

/** Builds the laboratory and writes the files; no daemon runs yet. What was built is taken down if that fails half way. */
export async function openStage(root: string, setting: Setting, say: (text: string) => void): Promise<Stage> {
  const lab = await openNodes(['alpha', 'beta', ...(setting.policy === 'majority' ? ['gamma'] : [])])
  const closers: (() => Promise<unknown>)[] = [lab.close]
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer().catch(error => say(String(error)))
  }
  try {
    const nodes = [...lab.nodes.values()]
    const client = await plugIn(lab.lan, closers)
    const record = join(lab.dir, 'observer')
    const hosts = nodes.map(({ name, host }) => ({ ...host, port: port(name, 'eth0') }))
    const observer = await startObserver(`${root}/bench/observer.pl`, client, lab.lan, hosts, 694, line => {
      if (!/^[RWH]/.test(line)) appendFileSync(record, `${line}\n`)
    })
    closers.push(observer.close)
    const activity = writeFiles(root, lab, setting)
    const darkness: Change[] = []
    return {
      root,
      lab,
      setting,
      timing: timings[setting.timing],
      leased: hasLease(timings[setting.timing]),
      nodes,
      groups,
      service: startService(lab),
      observer,
      activity,
      clientPort,
      addressChanges: () => [
        ...darkness,
        ...observer.holdings.map(({ atMs, host, address, held }) => ({ atMs, what: address, node: host, on: held })),
      ],
      dark(node) {
        activity.dark(node.name)
        const atMs = nowMs()
        darkness.push(...groups.map(({ address }) => ({ atMs, what: address, node: node.name, on: false })))
      },
      announcements: (node, address) =>
        readFileSync(record, 'utf8')
          .split('\n')
          .map(line => line.split(' '))
          .flatMap(([kind, at, host, of]) =>
            kind === 'G' && host === node.name && of === address ? [Number(at)] : [],
          ),
      roll: () => 0,
      say,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function plugIn(lan: Place, closers: (() => Promise<unknown>)[]): Promise<Place> {
  const client = await newPlace()
  closers.push(client.close)
  const cable = `link add ${clientPort} type veth peer name eth0 address 02:00:0a:4d:00:fa netns ${client.pid}`
  await run(inNetwork(lan, ['ip', '-batch', '-']), `${cable}\nlink set ${clientPort} master br0 up\n`)
  await run(inNetwork(client, ['ip', '-batch', '-']), `addr add ${clientAddress}/24 brd + dev eth0\nlink set eth0 up\n`)
  return client
}

export const keys = (send: number): string => `auth ${send}\n1 sha256 ${'5'.repeat(64)}\n2 sha256 ${'6'.repeat(64)}\n`

const whoMayAct: Readonly<Record<Policy, readonly string[]>> = {
  take: ['split_policy take'],
  ask: [`ping ${clientAddress}`, 'split_policy ask'],
  majority: [],
}

function writeFiles(root: string, { dir, nodes }: NodeLab, { timing, policy, failback }: Setting): Activity {
  const shared = join(dir, 'shared')
  mkdirSync(shared)
  const names = [...nodes.keys()]
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = timings[timing]
  const haCf = [
    `keepalive ${keepaliveMs}ms`,
    `warntime ${warntimeMs}ms`,
    `deadtime ${deadtimeMs}ms`,
    `initdead ${initdeadMs}ms`,
    'bcast eth0',
    ...names.map((_, i) => `ucast eth1 10.78.0.${i + 1}`),
    `auto_failback ${failback ? 'on' : 'off'}`,
    `node ${names.join(' ')}`,
    ...whoMayAct[policy],
  ]
  const haresources = groups.map(({ home, name, mark }) => `${home} ${name} mark::${mark} svc::${mark}`)
  const mark = readFileSync(`${root}/test/chaos/mark.pl`, 'utf8')
  for (const node of nodes.values()) {
    configure(node, { haCf: `${haCf.join('\n')}\n`, haresources: `${haresources.join('\n')}\n`, authkeys: keys(1) })
    const words = { MONOTONIC: `${root}/bench/monotonic.pl`, SHARED: shared, NODE: node.name }
    const script = Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`@${word}@`, value), mark)
    writeFileSync(join(node.configDir, 'resource.d', 'mark'), script)
    chmodSync(join(node.configDir, 'resource.d', 'mark'), 0o755)
  }
  return activityIn(
    shared,
    groups.map(group => group.mark),
  )
}

/** Copies what may explain a failure to a folder that stays; its path. */
export function keepLogs({ lab }: Stage): string {
  const kept = mkdtempSync(join(tmpdir(), 'tandem-chaos-'))
  const kinds = /(^|\/)(tandemd\.log|ha\.d|state|svc|calls|activity|observer|shared)(\/|$)/
  cpSync(lab.dir, kept, {
    recursive: true,
    errorOnExist: false,
    filter: path => path === lab.dir || lab.nodes.has(path.slice(lab.dir.length + 1)) || kinds.test(path),
  })
  return kept
}
