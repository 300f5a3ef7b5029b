/** Ten minutes of a machine at its limit: whoever lives must not be called dead. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from './cases.ts'
import { note, type Scene, tenths, watch } from './scene.ts'
import { nowMs, peek, sleep } from './shell.ts'

/** What each of these does until it is ended: spin, start programs, write and sync, push the page cache around. */
const burdens: readonly (readonly [count: number, script: string])[] = [
  [8 * availableParallelism(), 'while :; do :; done'],
  [2, 'while :; do /bin/true; done'],
  [1, 'while :; do dd if=/dev/zero of=synced bs=64k count=64 conv=fsync status=none; done'],
  [1, 'while :; do dd if=/dev/zero of=churn bs=1M count=512 status=none; cat churn >/dev/null; done'],
]

/** In the log of a node: a pause of its own, a late peer, a dead one. */
const complaints = { pauses: /this node was paused/g, late: /Late heartbeat/g, deaths: /is dead/g }

export async function load(scene: Scene, minutes = 10): Promise<Row> {
  const { active, standby } = await watch(scene)
  const hosts = [active, standby]
  const logs = hosts.map(host => join(host.dir, 'tandemd.log'))
  const from = logs.map(path => statSync(path).size)
  const startMs = note(scene, 'load begins')
  const end = burden()
  try {
    await sleep(minutes * 60_000)
  } finally {
    end()
  }
  const told = logs.map((path, i) => (peek(path) ?? '').slice(from[i])).join('\n')
  const count = (pattern: RegExp): number => told.match(pattern)?.length ?? 0
  const lateness = await Promise.all(hosts.map(async host => (await scene.product.status(host))?.beat.lateMaxMs))
  return {
    minutes: tenths((nowMs() - startMs) / 60_000),
    load_average: Number((peek('/proc/loadavg') ?? '').split(' ')[0]),
    pauses: count(complaints.pauses),
    late: count(complaints.late),
    deaths: count(complaints.deaths),
    moves: scene.lab.observer.holdings.length,
    worst_lateness_ms: Math.max(...lateness.map(ms => ms ?? Number.NaN)),
  }
}

/** Returns how to end it. */
function burden(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-load-'))
  writeFileSync(join(dir, 'synced'), '')
  const children: ChildProcess[] = burdens.flatMap(([count, script]) =>
    Array.from({ length: count }, () => spawn('sh', ['-c', script], { cwd: dir, stdio: 'ignore', detached: true })),
  )
  return () => {
    // Each leads a group of its own, with the program that it runs at the moment.
    for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}
