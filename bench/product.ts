/** Tandem as a user has it: bin/tandemd under a service manager, bin/tandem, the three files. */
import type { ChildProcess } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import type { HistoryRecord } from '../src/daemon/records/record.ts'
import { type Host, processesOf, runIn, spawnIn } from './host.ts'

/** The part of `tandem status --json` that the laboratory reads. */
export interface Status {
  readonly headline: string
  readonly nodes: readonly { readonly name: string; readonly state: string }[]
  readonly problems?: readonly { readonly code: string; readonly text: string }[]
  readonly beat: { readonly lateMaxMs: number; readonly refused?: Readonly<Record<string, number>> }
  readonly groups: readonly {
    readonly name: string
    readonly owner: string
    readonly state: string
    readonly on: readonly string[]
  }[]
  readonly pings?: readonly { readonly state: string }[]
}

/** What a case may do to the product. */
export interface Product {
  /** Switches the service on: it is started now, and 100 ms after each end, as a service manager would. */
  start(host: Host): void
  /** Switches the service off for the service manager; ends nothing. */
  release(host: Host): void
  /** Process numbers (as seen from outside) of the manager and the beat; undefined when not running. */
  manager(host: Host): number | undefined
  beat(host: Host): number | undefined
  status(host: Host): Promise<Status | undefined>
  /** The command of the user that moves everything to this host; returns when it has ended. */
  takeover(host: Host): Promise<string>
}

/** Times of ha.cf, in ms. */
export interface Timing {
  readonly keepaliveMs: number
  readonly warntimeMs: number
  readonly deadtimeMs: number
}

const runDir = '/run/tandem'
const restartMs = 100

/** The whole of ha.cf and haresources, and further scripts for resource.d by name; the key is the example's. */
export interface Files {
  readonly haCf: string
  readonly haresources: string
  readonly scripts?: Readonly<Record<string, string>>
}

export function writeFiles(host: Host, example: string, { haCf, haresources, scripts = {} }: Files): void {
  configure(host, example, undefined, haresources)
  writeFileSync(`${host.dir}/ha.d/ha.cf`, haCf)
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(`${host.dir}/ha.d/resource.d/${name}`, text, { mode: 0o755 })
  }
}

/** Writes the host's /etc/ha.d from the example, with another timing and other resources where given. */
export function configure(host: Host, example: string, timing?: Timing, haresources?: string): void {
  const dir = `${host.dir}/ha.d`
  cpSync(example, dir, { recursive: true })
  mkdirSync(`${host.dir}/state`, { recursive: true })
  chmodSync(`${dir}/authkeys`, 0o600)
  if (timing) {
    const times = { keepalive: timing.keepaliveMs, warntime: timing.warntimeMs, deadtime: timing.deadtimeMs }
    let text = readFileSync(`${dir}/ha.cf`, 'utf8')
    for (const [word, ms] of Object.entries(times))
      text = text.replace(RegExp(`^${word}\\b.*$`, 'm'), `${word} ${ms}ms`)
    writeFileSync(`${dir}/ha.cf`, text)
  }
  if (haresources !== undefined) writeFileSync(`${dir}/haresources`, haresources)
}

/** `root`: the checkout, built. */
export function tandem(root: string): Product {
  const wanted = new Map<Host, ChildProcess>()
  // A daemon may give itself a title; a shell or chrt that is about to become one is not it yet.
  const pidOf = (host: Host, program: string) =>
    processesOf(host).find(({ command }) => isProgram(command, program))?.pid

  function launch(host: Host): void {
    const folders = ['--config-dir', `${host.dir}/ha.d`, '--state-dir', `${host.dir}/state`, '--run-dir', runDir]
    const child = spawnIn(host, [`${root}/bin/tandemd`, '--foreground', ...folders, '--node', host.name], 'tandemd.log')
    wanted.set(host, child)
    child.once('exit', () => {
      setTimeout(() => {
        if (wanted.get(host) === child && host.power) launch(host)
      }, restartMs)
    })
  }
  return {
    start: launch,
    release: host => void wanted.delete(host),
    manager: host => pidOf(host, 'tandemd'),
    beat: host => pidOf(host, 'tandem-beat'),
    status: askStatus,
    takeover: host => runIn(host, [`${root}/bin/tandem`, '--run-dir', runDir, 'takeover', 'all'], 30_000),
  }
}

function isProgram(command: string, program: string): boolean {
  const words = command.split(' ')
  return words[0] === program || (/(^|\/)node$/.test(words[0]!) && words.some(word => word.endsWith(`/${program}.cjs`)))
}

/** Asks the control socket as `tandem status` does, without the cost of starting a program. */
async function askStatus(host: Host): Promise<Status | undefined> {
  return (await ask<{ status?: Status }>(host, { verb: 'status' }))?.status
}

/** The history of this host as `tandem history --json` has it, oldest first; only records of these codes. */
export async function history(host: Host, codes: readonly string[]): Promise<readonly HistoryRecord[]> {
  const query = { codes, debug: true, limit: 1000 }
  return (await ask<{ records?: readonly HistoryRecord[] }>(host, { verb: 'records', query }))?.records ?? []
}

/** The last line of the answer; undefined when none came within three seconds. */
function ask<T>(host: Host, request: object): Promise<T | undefined> {
  if (!host.power) return Promise.resolve(undefined)
  const socket = createConnection(`/proc/${host.power.init}/root${runDir}/control.sock`)
  return new Promise(resolve => {
    const finish = (answer: T | undefined) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(3000, () => finish(undefined))
    socket.on('error', () => finish(undefined))
    socket.on('close', () => finish(undefined))
    const lines = createInterface({ input: socket })
    lines.on('error', () => {})
    lines.on('line', line => {
      try {
        finish(JSON.parse(line) as T)
      } catch {
        finish(undefined)
      }
    })
    socket.write(`${JSON.stringify(request)}\n`)
  })
}
