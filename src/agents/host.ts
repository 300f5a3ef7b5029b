/** The machine, as agents may use it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announcer, frameSender } from './address/announcer.ts'
import { type AddressReport, addressKeeper } from './address/keeper.ts'
import type { Host } from './agent.ts'
import { type Clock, monotonicClock } from './clock.ts'
import { drbdFollower } from './drbd/follow.ts'
import { keepLogsShort } from './logs.ts'
import { longLived, realChild, type SpawnChild } from './longLived.ts'
import { openDatabase } from './mysqlrole/session.ts'
import { notebook } from './notebook.ts'
import { filesHere } from './program.ts'
import { runner } from './runner.ts'
import { askWeb } from './webui/ask.ts'

export interface HostOptions {
  /** Agents' output goes to `agents/` below it. */
  readonly runDir: string
  /** What survives a restart of the machine. Default: below runDir, where it does not. */
  readonly stateDir?: string
  /** L: leaseSeconds(timing); 0 = addresses are held without a lease. */
  readonly leaseSeconds: number
  readonly report: (report: AddressReport) => void
  /** Every line of `ip -o monitor address link`; undefined = it has ended, and lines may be missing. */
  readonly onMonitor?: (line: string | undefined) => void
  /** Default: nobody listens here. */
  readonly livedUntilMs?: (node: string) => number | undefined
  readonly clock?: Clock
  /** For a namespace of its own, in tests. */
  readonly spawnChild?: SpawnChild
  readonly sysctl?: Sysctl
}

/** Paths are below /proc/sys/net. */
export interface Sysctl {
  /** undefined when it cannot be read. */
  read(path: string): string | undefined
  write(path: string, value: string): void
}

const ownSysctl: Sysctl = {
  read: path => readText(`/proc/sys/net/${path}`),
  write: (path, value) => writeFileSync(`/proc/sys/net/${path}`, value),
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

export function createHost(options: HostOptions): Host & { close(): void } {
  const clock = options.clock ?? monotonicClock
  const logDir = join(options.runDir, 'agents')
  const run = runner(logDir, clock)
  const addresses = keeperOfThisHost(options, clock, (address, device) => {
    const args = ['-q', '-U', '-c', '1', '-I', device, address]
    void run({ resource: address, action: 'announce', file: 'arping', args, timeoutMs: 5_000 })
  })
  const drbd = drbdFollower({
    clock,
    spawnChild: options.spawnChild ?? realChild,
    isLoaded: () => existsSync('/proc/drbd'),
    async readLog() {
      const ran = await run({ resource: 'drbd', action: 'log', file: 'dmesg', args: [], timeoutMs: 10_000 })
      return ran.ok ? ran.output : ''
    },
  })
  const stopKeeping = keepLogsShort(logDir, clock)
  return {
    clock,
    addresses,
    drbd,
    run,
    askWeb,
    openDatabase,
    livedUntilMs: options.livedUntilMs ?? (() => undefined),
    lasting: notebook(join(options.stateDir ?? options.runDir, 'agents')),
    sinceBoot: notebook(logDir),
    ...filesHere,
    read: readText,
    note: text => options.report({ type: 'note', text }),
    alone: oneAtATime(),
    close() {
      stopKeeping()
      addresses.close()
      drbd.close()
    },
  }
}

function keeperOfThisHost(
  { leaseSeconds, report, onMonitor, sysctl = ownSysctl, spawnChild = realChild }: HostOptions,
  clock: Clock,
  arping: (address: string, device: string) => void,
) {
  const ip = longLived({ file: 'ip', args: ['-force', '-j', '-batch', '-'], clock, freshAfter: 300, spawnChild })
  const sender = longLived({ file: 'perl', args: ['-e', frameSender], clock, spawnChild })
  // A takeover must not wait for a program to start.
  ip.wake()
  sender.wake()
  const keeper = addressKeeper({
    clock,
    leaseSeconds,
    report,
    sysctl,
    ip,
    monitor: longLived({
      file: 'ip',
      args: ['-o', 'monitor', 'address', 'link'],
      clock,
      spawnChild,
      always: true,
      onLine(line) {
        keeper.monitorLine(line)
        onMonitor?.(line)
      },
      onEnd(why) {
        keeper.monitorEnded(why)
        onMonitor?.(undefined)
      },
    }),
    announcer: locate =>
      announcer({
        clock,
        sender,
        arping,
        note: text => report({ type: 'note', text }),
        locate(address) {
          const shown = locate(address)
          if (shown?.mac === undefined) return undefined
          const { family, device, index, mac } = shown
          const isRouter = family === 6 && sysctl.read(`ipv6/conf/${device}/forwarding`)?.trim() === '1'
          return { family, address, device, index, mac, isRouter }
        },
      }),
  })
  return keeper
}

/** Work under the same name waits for the work before it. */
export function oneAtATime(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => {})
    last.set(name, settled)
    void settled.then(() => {
      if (last.get(name) === settled) last.delete(name)
    })
    return turn
  }
}
