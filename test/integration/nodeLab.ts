/** Whole nodes, as an administrator has them: daemon, beat, three files and a disk, on hosts that are namespaces. */
import type { ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { boot, closeHost, type Host, newHost, powerOff, runIn, spawnIn, waitUntilDark } from '../../bench/host.ts'
import { inNetwork, newPlace, type Place } from '../../bench/place.ts'
import { peek, run, signal, sleep, until } from '../../bench/shell.ts'
import { ask } from '../../src/cli/client.ts'
import type { GroupStatus, NodeStatus, Status } from '../../src/daemon/protocol.ts'
import { type Shown as Said, type as typeWords } from '../cli/fake.ts'

export interface NodeLab {
  readonly dir: string
  /** Where tandemd.cjs, tandem-beat.cjs and tandem.cjs of this tree have been built. */
  readonly dist: string
  /** The switches' network, where each node's cable ends in `port`. */
  readonly lan: Place
  readonly nodes: ReadonlyMap<string, TestNode>
  node(name: string): TestNode
  /** Silence on one interface, both ways: the carrier stays. */
  cut(name: string, device?: string): Promise<void>
  heal(name: string, device?: string): Promise<void>
  /** Puts a host that answers pings, and nothing else, at the switch of eth1; its address. */
  gateway(): Promise<string>
  close(): Promise<void>
}

export interface TestNode {
  readonly name: string
  readonly host: Host
  readonly configDir: string
  readonly stateDir: string
  readonly runDir: string
  daemon: ChildProcess | undefined
}

export const key = (digit: string): string => `auth 1\n1 sha256 ${digit.repeat(64)}\n`
/** Quick, and without a lease: that needs a deadtime above 4 keepalive + 2.6 s. */
export const quick = 'keepalive 100ms\nwarntime 700ms\ndeadtime 1500ms\ninitdead 8s\n'
/** For a node that shall not wait long for another. */
export const impatient = (haCf: string): string => haCf.replace(/initdead .*/, 'initdead 2s')
/** Two nodes, one link, and nothing that moves by itself. */
export const quickPair = `${quick}bcast eth0\nauto_failback off\nnode alpha beta\n`
export const leased = 'keepalive 200ms\nwarntime 1s\ndeadtime 4s\ninitdead 8s\n'
const devices = ['eth0', 'eth1']

/** Hosts with eth0 (10.77.0.N/24) and eth1 (10.78.0.N/24, fd78::N/64), each at a switch of its own. */
export async function openNodes(names: readonly string[] = ['alpha', 'beta']): Promise<NodeLab> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-node-'))
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer().catch(error => console.error(String(error)))
  }
  try {
    const dist = join(dir, 'dist')
    await buildPrograms(dist)
    const lan = await newPlace()
    closers.push(lan.close)
    const nodes = new Map<string, TestNode>()
    for (const [i, name] of names.entries()) {
      const host = await newHost(name, i + 1, dir)
      closers.push(() => closeHost(host))
      nodes.set(name, newNode(host))
    }
    await layCables(lan, [...nodes.values()])
    for (const node of nodes.values()) await powerOn(node)
    const wire = (order: 'nomaster' | 'master') => async (name: string, device?: string) => {
      for (const one of device === undefined ? devices : [device]) {
        const bridge = order === 'master' ? [`br${devices.indexOf(one)}`] : []
        await run(inNetwork(lan, ['ip', 'link', 'set', port(name, one), order, ...bridge]))
      }
    }
    const node = (name: string): TestNode => nodes.get(name)!
    const gateway = async (): Promise<string> => {
      // Of its own: a bridge changes its hardware address with its ports.
      await run(inNetwork(lan, ['ip', 'link', 'set', 'br1', 'address', '02:00:00:78:00:fe']))
      await run(inNetwork(lan, ['ip', 'addr', 'replace', '10.78.0.254/24', 'dev', 'br1']))
      return '10.78.0.254'
    }
    return { dir, dist, lan, nodes, node, gateway, cut: wire('nomaster'), heal: wire('master'), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function buildPrograms(outdir: string): Promise<void> {
  await build({
    entryPoints: {
      tandemd: 'src/daemon/main.ts',
      'tandem-beat': 'src/beat/main.ts',
      tandem: 'src/cli/main.ts',
      'tandem-mysql2': 'src/agents/mysqlrole/driver.ts',
    },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  })
}

function newNode(host: Host): TestNode {
  const [configDir, stateDir, runDir] = ['ha.d', 'state', 'run'].map(name => join(host.dir, name)) as [
    string,
    string,
    string,
  ]
  for (const dir of [join(configDir, 'resource.d'), stateDir, runDir, join(host.dir, 'svc')])
    mkdirSync(dir, { recursive: true })
  return { name: host.name, host, configDir, stateDir, runDir, daemon: undefined }
}

/** Of a node's cable at the switch. */
export const port = (name: string, device: string): string => `${name}-${device}`

const macOf = (host: Host, device: string): string => (device === 'eth0' ? `address ${host.mac}` : '')

async function layCables(lan: Place, nodes: readonly TestNode[]): Promise<void> {
  const orders = devices.flatMap((device, i) => [
    `link add br${i} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set br${i} up`,
    ...nodes.flatMap(({ name, host }) => [
      `link add ${port(name, device)} type veth peer name ${device} ${macOf(host, device)} netns ${host.place.pid}`,
      `link set ${port(name, device)} master br${i} up`,
    ]),
  ])
  await run(inNetwork(lan, ['ip', '-batch', '-']), `${orders.join('\n')}\n`)
  for (const { host } of nodes) {
    const order = 'echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
    await run(inNetwork(host.place, ['sh', '-c', `${order}; ip link set eth0 up; ip link set eth1 up`]))
  }
}

/** Power on: no service address, nothing in the run folder. */
export async function powerOn(node: TestNode): Promise<void> {
  const { host } = node
  const number = host.address.split('.')[3]
  await boot(host)
  rmSync(node.runDir, { recursive: true, force: true })
  mkdirSync(node.runDir)
  for (const mark of ['web', 'db', 'extra']) rmSync(join(host.dir, 'svc', `${mark}.up`), { force: true })
  const orders = [
    'addr flush dev eth1',
    `addr add 10.78.0.${number}/24 brd + dev eth1`,
    ...devices.map((device, i) => `addr replace fd7${7 + i}::${number}/64 dev ${device} nodad`),
  ]
  await run(inNetwork(host.place, ['ip', '-force', '-batch', '-']), `${orders.join('\n')}\n`)
}

/** Every process of it gone at once, and the cables with them. */
export async function powerLoss(lab: NodeLab, node: TestNode): Promise<void> {
  const init = node.host.power?.init ?? 0
  await lab.cut(node.name)
  powerOff(node.host)
  await waitUntilDark(node.host, init)
  node.daemon = undefined
}

/** Every host that a test before has left without power, and all cables in. */
export async function switchOn(lab: NodeLab): Promise<void> {
  for (const node of lab.nodes.values()) {
    if (node.host.power === undefined) await powerOn(node)
    await lab.heal(node.name)
  }
}

export interface Files {
  readonly haCf?: string
  readonly haresources?: string
  readonly authkeys?: string
  readonly agentsIni?: string
}

/** Writes the files that are given. A script `svc` counts what is done to it. */
export function configure(node: TestNode, { haCf, haresources, authkeys = key('5'), agentsIni }: Files): void {
  const write = (file: string, text: string, mode: number): void => {
    writeFileSync(join(node.configDir, file), text)
    chmodSync(join(node.configDir, file), mode)
  }
  if (haCf !== undefined) write('ha.cf', haCf, 0o644)
  if (haresources !== undefined) write('haresources', haresources, 0o644)
  write('authkeys', authkeys, 0o600)
  if (agentsIni === undefined) rmSync(join(node.configDir, 'agents.ini'), { force: true })
  else write('agents.ini', agentsIni, 0o600)
  write('resource.d/svc', svcScript, 0o755)
}

/** `svc::web` runs while svc/web.up is there; svc/web.start-fails and the like make it misbehave. */
const svcScript = `#!/bin/sh
cd "$HA_DIR/../svc" || exit 1
[ "$2" = status ] || echo "$2 $1" >>calls
[ -e "$1.$2-hangs" ] && sleep 600
[ -e "$1.$2-fails" ] && { echo "no luck with $1" >&2; exit 1; }
case $2 in
start) [ -e "$1.lies" ] || : >"$1.up" ;;
stop) rm -f "$1.up" ;;
status) if [ -e "$1.up" ]; then echo running; else echo stopped; fi ;;
esac
`

export const misbehave = (node: TestNode, how: string): void => writeFileSync(join(node.host.dir, 'svc', how), '')
export const behave = (node: TestNode, how: string): void => rmSync(join(node.host.dir, 'svc', how), { force: true })
/** Starts and stops of svc resources, in order, as \`start web\`. */
export const calls = (node: TestNode): string[] =>
  (peek(join(node.host.dir, 'svc', 'calls')) ?? '').split('\n').filter(line => line !== '')
export const forgetCalls = (node: TestNode): void => rmSync(join(node.host.dir, 'svc', 'calls'), { force: true })
export const serves = (node: TestNode, name: string): boolean => existsSync(join(node.host.dir, 'svc', `${name}.up`))

export interface StartOptions {
  /** A folder with programs that the daemon finds before all others. */
  readonly path?: string
  /** What reads its output instead of the log file. */
  readonly reader?: string
}

export function startDaemon(lab: NodeLab, node: TestNode, { path, reader }: StartOptions = {}): ChildProcess {
  const folders = ['--config-dir', node.configDir, '--state-dir', node.stateDir, '--run-dir', node.runDir]
  const words = [process.execPath, join(lab.dist, 'tandemd.cjs'), ...folders, '--node', node.name]
  const before = path === undefined ? [] : ['env', `PATH=${path}:${process.env['PATH']}`]
  const shell = reader === undefined ? [] : ['sh', '-c', `"$@" 2>&1 | ${reader}`, 'sh']
  node.daemon = spawnIn(node.host, [...shell, ...before, ...words], 'tandemd.log')
  return node.daemon
}

/** These nodes get these files and a daemon each; returns when it fits what all of them say. */
export async function startNodes(
  lab: NodeLab,
  nodes: Iterable<TestNode>,
  files: Files,
  fits: (status: Status) => boolean = well,
): Promise<void> {
  const all = [...nodes]
  for (const node of all) configure(node, files)
  for (const node of all) startDaemon(lab, node)
  for (const node of all) await untilStatus(node, 'the start', fits)
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise(resolve => child.once('exit', code => resolve(code)))

export const log = (node: TestNode): string => readFileSync(join(node.host.dir, 'tandemd.log'), 'utf8')
/** A mark in the log, so that a test reads only what was written after it. */
export function logMark(node: TestNode): () => string {
  const from = existsSync(join(node.host.dir, 'tandemd.log')) ? log(node).length : 0
  return () => log(node).slice(from)
}

/** Both processes gone; what they held stays as it is. */
export async function killAll(node: TestNode): Promise<void> {
  // Looked up before the first is killed: the children of a process that is ending are nobody's for a moment.
  const pids = [pidOf(node, 'tandemd'), pidOf(node, 'beat')].filter(pid => pid !== undefined)
  for (const pid of pids) signal(pid, 'SIGKILL')
  for (const pid of pids) await until(`end of ${pid} on ${node.name}`, 5_000, () => !lives(pid))
}

const lives = (pid: number): boolean => (peek(`/proc/${pid}/stat`) ?? ') Z').split(') ')[1]?.[0] !== 'Z'

/** As numbered outside the host; undefined when it does not run. */
export function pidOf(node: TestNode, name: 'tandemd' | 'beat'): number | undefined {
  const program = name === 'beat' ? 'tandem-beat' : 'tandemd'
  const init = node.host.power?.init
  if (init === undefined) return undefined
  return childrenOf(init)
    .concat(node.daemon?.pid === undefined ? [] : childrenOf(node.daemon.pid))
    .find(pid => {
      const words = (peek(`/proc/${pid}/cmdline`) ?? '').split('\0')
      return (
        words[0] === program || (words[0] === process.execPath && words.some(word => word.endsWith(`/${program}.cjs`)))
      )
    })
}

function childrenOf(pid: number): number[] {
  const own = (peek(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number)
  return own.flatMap(child => [child, ...childrenOf(child)])
}

/** undefined while nobody answers. */
export async function status(node: TestNode): Promise<Status | undefined> {
  const reply = await ask(node.runDir, { verb: 'status' }, { timeoutMs: 3_000 })
  return reply.ok ? reply.answer.status : undefined
}

/** Waits until the status fits; what it last was is part of the error. */
export async function untilStatus(
  node: TestNode,
  what: string,
  fits: (status: Status) => boolean,
  limitMs = 8_000,
): Promise<Status> {
  let last: Status | undefined
  await until(what, limitMs, async () => {
    last = await status(node)
    return last !== undefined && fits(last)
  }).catch(error => {
    throw new Error(
      `${error.message}; ${node.name} says ${JSON.stringify(last?.nodes)} ${JSON.stringify(last?.groups)}`,
    )
  })
  return last!
}

export const group = (status: Status, name: string): GroupStatus => status.groups.find(one => one.name === name)!
export const peer = (status: Status, name: string): NodeStatus => status.nodes.find(one => one.name === name)!
/** This group runs there, and there alone, as this node sees it. */
export const runs = (name: string, on: string) => (status: Status) => {
  const { state, on: holders, resources } = group(status, name)
  const whole = status.node !== on || resources.every(resource => resource.state === 'running')
  return ['running', 'alone'].includes(state) && holders.length === 1 && holders[0] === on && whole
}
export const well = (status: Status): boolean => status.state === 'ok'

/** The command, run in this process. */
export const type = (node: TestNode, ...words: string[]): Promise<Said> =>
  typeWords(['tandem', '--run-dir', node.runDir, ...words], { columns: 100 })

/** Is this address configured there? */
export async function hasAddress(node: TestNode, address: string): Promise<boolean> {
  return (await run(inNetwork(node.host.place, ['ip', '-o', 'addr', 'show']))).includes(` ${address}/`)
}

export const ip = (node: TestNode, words: string): Promise<string> =>
  run(inNetwork(node.host.place, ['ip', ...words.split(' ')]))

/** Stops all daemons in good order, or kills them, and forgets what they had on disk. */
export async function clean(lab: NodeLab): Promise<void> {
  for (const node of lab.nodes.values()) {
    await killAll(node)
    node.daemon = undefined
    for (const dir of [node.stateDir, node.runDir, join(node.host.dir, 'svc')]) {
      rmSync(dir, { recursive: true, force: true })
      mkdirSync(dir)
    }
    await run(
      inNetwork(node.host.place, [
        'sh',
        '-c',
        'ip -o addr | grep -o "10.77.0.1[0-9][0-9]/[0-9]*" | while read a; do ip addr del $a dev eth0; done',
      ]),
    )
    appendFileSync(join(node.host.dir, 'tandemd.log'), '\n')
  }
}

export type { Said }
export { runIn, sleep, until }
