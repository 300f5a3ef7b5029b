/** What every kind of agent must bear: the same table of trials over each. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bound, type Host, isProblem, type Kind } from '../../src/agents/agent.ts'
import { drbd } from '../../src/agents/drbd/drbd.ts'
import { filesystem } from '../../src/agents/filesystem/filesystem.ts'
import { createHost } from '../../src/agents/host.ts'
import { lsb } from '../../src/agents/lsb.ts'
import { ocf } from '../../src/agents/ocf.ts'
import { explain } from '../../src/agents/ran.ts'
import { resourceD } from '../../src/agents/resourceD.ts'
import { logName } from '../../src/agents/runner.ts'
import { systemd as systemdAgent } from '../../src/agents/systemd.ts'
import type { GroupName, NodeId } from '../../src/types.ts'

const dir = mkdtempSync(join(tmpdir(), 'tandem-agents-'))
const provider = `tandemtest${process.pid}`
const ocfDir = join('/usr/lib/ocf/resource.d', provider)
let host: Host & { close(): void }

beforeAll(() => {
  host = createHost({ runDir: dir, leaseSeconds: 0, report: () => {} })
})
afterAll(() => {
  host.close()
  rmSync(ocfDir, { recursive: true, force: true })
  rmSync(dir, { recursive: true, force: true })
})

/** Processes that a trial leaves behind on purpose: each writes its number here. */
const leftovers = join(dir, 'leftovers')
afterEach(() => {
  if (!existsSync(leftovers)) return
  for (const line of readFileSync(leftovers, 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(line), 'SIGKILL')
    } catch {
      // Gone already, as it should.
    }
  }
  rmSync(leftovers)
})

/** What a test script says and exits with, in the manner of its kind. */
interface Manner {
  readonly running: string
  readonly stopped: string
  readonly statusAction: string
}

interface KindUnderTest {
  readonly kind: Kind
  make(name: string, body: (manner: Manner) => string): Bound
}

const context = (name: string) => ({
  resource: `${name}::a/b`,
  group: 'group' as GroupName,
  node: 'alpha' as NodeId,
  configDir: join(dir, 'ha.d'),
  directives: new Map([['keepalive', '500ms']]),
})

function script(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${body}`)
  chmodSync(path, 0o755)
  return path
}

const kinds: readonly KindUnderTest[] = [
  {
    kind: 'resource.d',
    make(name, body) {
      const manner = { running: 'echo running; exit 3', stopped: 'echo not running; exit 0', statusAction: 'status' }
      const path = script(join(dir, 'ha.d/resource.d', name), `op=$2\n${body(manner)}`)
      return resourceD(path, ['a/b'], context(name))
    },
  },
  {
    kind: 'lsb',
    make(name, body) {
      const path = script(
        join(dir, 'init.d', name),
        `op=$1\n${body({ running: 'exit 0', stopped: 'exit 3', statusAction: 'status' })}`,
      )
      return lsb(path, [], context(name))
    },
  },
  {
    kind: 'ocf',
    make(name, body) {
      const manner = { running: 'exit 0', stopped: 'exit 7', statusAction: 'monitor' }
      script(join(ocfDir, name), `op=$1\n${body(manner)}`)
      return ocf({ provider, type: name, parameters: {} }, context(name))
    },
  },
  {
    kind: 'systemd',
    make(name, body) {
      // systemctl itself needs a booted systemd; one that behaves like it stands in, first in the search path.
      const manner = {
        running: 'printf "LoadState=loaded\\nActiveState=active\\nSubState=running\\nResult=success\\n"; exit 0',
        stopped: 'printf "LoadState=loaded\\nActiveState=inactive\\nSubState=dead\\nResult=success\\n"; exit 0',
        statusAction: 'show',
      }
      const path = script(join(dir, 'systemctl', name), `op=$2\n${body(manner)}`)
      return systemdWith(path, name)
    },
  },
  {
    kind: 'filesystem',
    make(name, body) {
      // Real mounts have a test of their own; here every program is the script, and the list of mounts its flag file.
      const manner = { running: 'exit 1', stopped: 'echo "directory directory /m - empty -"; exit 0' }
      const path = script(join(dir, 'mounts', name), `op=$1\n${body({ ...manner, statusAction: 'perl' })}`)
      return filesystemWith(path, join(dir, `filesystem-${name}-runs`), name)
    },
  },
  {
    kind: 'drbd',
    make(name, body) {
      // Real DRBD needs a kernel of its own; here its tools are the script, which tells of two nodes that are connected.
      const told = (role: string): string =>
        `echo "exists resource name:r0 role:${role} suspended:no"
echo "exists connection name:r0 peer-node-id:0 conn-name:peer connection:Connected role:Secondary"
echo "exists device name:r0 volume:0 minor:0 disk:UpToDate"
echo "exists -"; exit 0`
      const manner = { running: told('Primary'), stopped: told('Secondary'), statusAction: 'events2' }
      return drbdWith(script(join(dir, 'drbd', name), `op=$1\n${body(manner)}`), name)
    },
  },
]

/** The real agent on a host where drbdadm and drbdsetup are this script. */
function drbdWith(path: string, name: string): Bound {
  const bound = drbd.bind(['r0'], context(name))
  if (isProblem(bound)) throw new Error(bound.problem)
  const operations: Record<string, string> = { primary: 'start', secondary: 'stop', events2: 'events2' }
  const changed = (real: Host): Host => ({
    ...real,
    exists: () => true,
    run: request => real.run({ ...request, file: path, args: [operations[request.args[0]!] ?? 'nothing'] }),
  })
  return {
    ...bound,
    start: (real, options) => bound.start(changed(real), options),
    stop: real => bound.stop(changed(real)),
    monitor: real => bound.monitor(changed(real)),
  }
}

/** The real agent on a host where mount, umount and perl are this script. */
function filesystemWith(path: string, flag: string, name: string): Bound {
  const bound = filesystem.bind(['tmpfs', '/m', 'tmpfs'], context(name))
  if (isProblem(bound)) throw new Error(bound.problem)
  const operations: Record<string, string> = { mount: 'start', umount: 'stop', perl: 'perl' }
  const changed = (real: Host): Host => ({
    ...real,
    run: request => real.run({ ...request, file: path, args: [operations[request.file] ?? ''] }),
    read: () => (existsSync(flag) ? '36 35 0:50 / /m rw - tmpfs tmpfs rw\n' : ''),
  })
  return {
    ...bound,
    start: (real, options) => bound.start(changed(real), options),
    stop: real => bound.stop(changed(real)),
    monitor: real => bound.monitor(changed(real)),
  }
}

/** The real agent on a host whose systemctl is this script. */
function systemdWith(systemctl: string, name: string): Bound {
  const bound = systemdAgent(`${name}.service`, context(name))
  const changed = (real: Host): Host => ({
    ...real,
    run: request => real.run(request.file === 'systemctl' ? { ...request, file: systemctl } : request),
  })
  return {
    ...bound,
    start: (real, options) => bound.start(changed(real), options),
    stop: real => bound.stop(changed(real)),
    monitor: real => bound.monitor(changed(real)),
  }
}

/** A host whose operations may last this long only, so that a hang is a short test. */
function impatient(real: Host, timeoutMs: number): Host {
  return { ...real, run: request => real.run({ ...request, timeoutMs, graceMs: 500 }) }
}

const noLease = { holdUntilMs: undefined }

describe.each(kinds)('$kind', ({ kind, make }) => {
  const flag = (name: string): string => join(dir, `${kind}-${name}-runs`)
  /** Behaves: a flag file is its state. */
  const plain =
    (name: string, more = '') =>
    (manner: Manner): string =>
      `
case $op in
  start) ${more} touch ${flag(name)} ;;
  stop) rm -f ${flag(name)} ;;
  ${manner.statusAction}) if [ -e ${flag(name)} ]; then ${manner.running}; else ${manner.stopped}; fi ;;
  *) exit 3 ;;
esac
exit 0
`

  test('start twice, stop twice, monitor between', async () => {
    const bound = make('plain', plain('plain'))
    expect(bound.kind).toBe(kind)
    expect(await bound.monitor(host)).toMatchObject({ status: 'stopped' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toMatchObject({ status: 'stopped' })
    expect(await bound.stop(host)).toEqual({ ok: true })
  })

  test('a failed start says why, and can be stopped', async () => {
    const bound = make('fails', plain('fails', 'echo the disk is on fire >&2; exit 1;'))
    const outcome = await bound.start(host, noLease)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringMatching(/exit code 1.*the disk is on fire/) })
    expect(await bound.stop(host)).toEqual({ ok: true })
  })

  test('a hang ends with the whole process group', async () => {
    const pidFile = join(dir, `${kind}-hang-pid`)
    const bound = make(
      'hang',
      plain('hang', `trap '' TERM; (trap '' TERM; sleep 600) & echo $! >${pidFile}; wait; sleep 600;`),
    )
    const began = Date.now()
    const outcome = await bound.start(impatient(host, 1_000), noLease)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringContaining('still running after 1 s, killed') })
    expect(Date.now() - began).toBeLessThan(8_000)
    await expect.poll(() => alive(Number(readFileSync(pidFile, 'utf8'))), { timeout: 3_000 }).toBe(false)
  })

  test('a hung look is unknown, never stopped', async () => {
    const bound = make('blind', manner => `case $op in ${manner.statusAction}) sleep 600 ;; esac`)
    expect(await bound.monitor(impatient(host, 600))).toMatchObject({
      status: 'unknown',
      why: expect.stringContaining('killed'),
    })
  })

  test('a flood of output costs neither memory nor the file system', async () => {
    const bound = make('flood', plain('flood', 'head -c 200000000 /dev/zero | tr "\\0" x; echo; echo drowned; exit 1;'))
    const outcome = await bound.start(host, noLease)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringContaining('exit code 1') })
    expect(outcome.ok ? '' : outcome.why).not.toMatch(/x{300}/)
    await expect.poll(() => logSize(bound, 'start'), { timeout: 5_000 }).toBeLessThanOrEqual(256 * 1024)
  })

  test('a child in the background keeps its output for ever, and is left alone', async () => {
    const writer = `(while :; do head -c 104857 /dev/zero | tr "\\0" y; sleep 0.1; done) & echo $! >>${leftovers};`
    const bound = make('background', plain('background', writer))
    const began = Date.now()
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(Date.now() - began).toBeLessThan(3_000) // exit, not close: the child has the output open still
    const [pid] = readFileSync(leftovers, 'utf8').split('\n').map(Number)
    await new Promise(resolve => setTimeout(resolve, 3_000))
    expect(alive(pid!)).toBe(true)
    // 3 MiB were written; a second of writing may lie between two looks.
    expect(logSize(bound, 'start')).toBeLessThanOrEqual(256 * 1024 + 2 * 1024 * 1024)
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(alive(pid!)).toBe(true)
  })

  test('a program that is missing is named', async () => {
    const bound = make('missing', plain('missing'))
    const absent: Host = { ...host, run: request => host.run({ ...request, file: join(dir, 'no-such-program') }) }
    const outcome = await (kind === 'systemd' ? systemdAgent('x.service', context('x')) : bound).start(absent, noLease)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringContaining('no-such-program is not installed') })
    expect((await (kind === 'systemd' ? systemdAgent('x.service', context('x')) : bound).monitor(absent)).status).toBe(
      'unknown',
    )
  })
})

describe.skipIf(!existsSync('/usr/lib/ocf/resource.d/heartbeat/Dummy'))('the real agents of Debian', () => {
  test('Dummy, by its own name and with a parameter', async () => {
    const parameters = { state: join(dir, 'dummy.state') }
    const bound = ocf({ provider: 'heartbeat', type: 'Dummy', parameters }, context('ocf'))
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(existsSync(parameters.state)).toBe(true)
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
  })
  test('Filesystem says in one line what is wrong', async () => {
    const parameters = { device: '/dev/nosuchdevice', directory: join(dir, 'mnt'), fstype: 'ext4' }
    const bound = ocf({ provider: 'heartbeat', type: 'Filesystem', parameters }, context('Filesystem'))
    const outcome = await bound.start(host, noLease)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringMatching(/exit code \d \(.+\): \S/) })
  })
})

describe('an operation that an earlier manager left running', () => {
  const request = (action: string, timeoutMs: number) => ({
    resource: 'left::over',
    action,
    file: '/bin/sh',
    args: ['-c', 'echo done'],
    timeoutMs,
    graceMs: 500,
  })
  /** As the runner of a manager that died left it. */
  function leave(seconds: number): number {
    const pid = Number(
      execFileSync('setsid', ['sh', '-c', `sleep ${seconds} >/dev/null 2>&1 & echo $!`], { encoding: 'utf8' }),
    )
    writeFileSync(leftovers, `${pid}\n`)
    const time = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
    writeFileSync(join(dir, 'agents/left::over.running'), `${pid} ${time} start\n`)
    return pid
  }

  test('is waited for', async () => {
    const pid = leave(1)
    const ran = await host.run(request('monitor', 10_000))
    expect(ran).toMatchObject({ ok: true, output: 'done\n' })
    expect(alive(pid)).toBe(false)
  })
  test('makes a look say so, and go unknown', async () => {
    const pid = leave(600)
    const ran = await host.run(request('monitor', 600))
    expect(explain(ran)).toContain(`its start, process ${pid}, is still running`)
    expect(alive(pid)).toBe(true)
  })
  test('is forgotten when the number belongs to another process', async () => {
    leave(600)
    writeFileSync(join(dir, 'agents/left::over.running'), `${process.pid} 1 start\n`)
    expect((await host.run(request('stop', 600))).ok).toBe(true)
  })
})

describe('the environment of an agent', () => {
  test('is fixed, and nothing of ours is inherited', async () => {
    process.env['NODE_OPTIONS_LEAK'] = 'yes'
    const before = process.umask(0o077)
    try {
      const print = script(
        join(dir, 'print'),
        'env; echo "umask=$(umask)"; echo "cwd=$(pwd)"; echo "oom=$(cat /proc/self/oom_score_adj)"; readlink /proc/self/fd/0; ps -o pgid= -p $$; echo "pid=$$"',
      )
      const ran = await host.run({
        resource: 'print',
        action: 'monitor',
        file: print,
        args: [],
        timeoutMs: 5_000,
        env: { HA_x: '1' },
      })
      expect(explain(ran)).toContain('exit code 0')
      expect(ran.output).toContain('HA_x=1')
      expect(ran.output).toContain('LC_ALL=C')
      expect(ran.output).not.toContain('LEAK')
      expect(ran.output).not.toMatch(/^(HOME|NODE_\w+|INVOCATION_ID)=/m)
      expect(ran.output).toMatch(/umask=0?022/)
      expect(ran.output).toContain('cwd=/\n')
      expect(ran.output).toContain('oom=0')
      expect(ran.output).toContain('/dev/null')
      expect(ran.output).toMatch(/^\s*(\d+)\npid=\1$/m)
    } finally {
      process.umask(before)
      delete process.env['NODE_OPTIONS_LEAK']
    }
  })

  test('a manager that is preferred to others does not pass that on', async () => {
    const probe = join(dir, 'probe.mjs')
    const self = join(import.meta.dirname, '../../src/agents/runner.ts')
    execFileSync('node_modules/.bin/esbuild', [
      self,
      '--bundle',
      '--platform=node',
      '--format=cjs',
      `--outfile=${probe.replace('.mjs', '-runner.cjs')}`,
      '--log-level=error',
    ])
    writeFileSync(
      probe.replace('.mjs', '.cjs'),
      `const { runner } = require('./probe-runner.cjs')
const clock = { nowMs: () => performance.now(), after: (ms, f) => { const t = setTimeout(f, ms); return () => clearTimeout(t) } }
runner(process.argv[2], clock)({ resource: 'r', action: 'a', file: '/bin/sh', timeoutMs: 5000,
  args: ['-c', 'nice; chrt -p $$; cat /proc/self/oom_score_adj'] }).then(ran => console.log(ran.output))`,
    )
    const out = execFileSync(
      'sh',
      [
        '-c',
        `echo -500 >/proc/self/oom_score_adj 2>/dev/null; exec nice -n -5 node ${probe.replace('.mjs', '.cjs')} ${join(dir, 'agents')}`,
      ],
      { encoding: 'utf8' },
    )
    expect(out).toMatch(/^0\n/)
    expect(out).toContain('SCHED_OTHER')
    expect(out.trim()).toMatch(/\n0$/)
  })
})

function alive(pid: number): boolean {
  try {
    // A zombie that nobody has buried yet is dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function logSize(bound: Bound, action: string): number {
  return statSync(join(dir, 'agents', logName(bound.resource, action))).size
}
