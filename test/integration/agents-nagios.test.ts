/** A real Nagios, alive, standing still, killed, and deaf: what a look at it tells. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host, Seen } from '../../src/agents/agent.ts'
import { monotonicClock } from '../../src/agents/clock.ts'
import { look } from '../../src/agents/nagios/health.ts'
import { readMainConfig } from '../../src/agents/nagios/mainConfig.ts'
import { runner } from '../../src/agents/runner.ts'
import { until } from './nodeLab.ts'

const program = '/usr/sbin/nagios4'
const isThere = existsSync(program)
if (!isThere) console.warn('NOT TESTED: the health of a real Nagios; apt-get install nagios4-core brings it')

describe.runIf(isThere)('a real Nagios', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-nagios-'))
  const host = { run: runner(join(dir, 'agents'), monotonicClock) } as unknown as Host
  const command = join(dir, 'rw', 'nagios.cmd')
  const text = `cfg_file=${dir}/objects.cfg
object_cache_file=${dir}/objects.cache
status_file=${dir}/status.dat
status_update_interval=2
log_file=${dir}/nagios.log
lock_file=${dir}/nagios.pid
temp_file=${dir}/nagios.tmp
temp_path=${dir}
check_result_path=${dir}/spool
state_retention_file=${dir}/retention.dat
query_socket=${dir}/rw/nagios.qh
command_file=${command}
check_external_commands=1
nagios_user=nagios
nagios_group=nagios
`
  const objects = `define command {
 command_name ok
 command_line /bin/true
}
define timeperiod {
 timeperiod_name always
 alias always
}
define contact {
 contact_name admin
 host_notifications_enabled 0
 service_notifications_enabled 0
 host_notification_period always
 service_notification_period always
 host_notification_options n
 service_notification_options n
 host_notification_commands ok
 service_notification_commands ok
}
define host {
 host_name here
 address 127.0.0.1
 max_check_attempts 1
 check_period always
 notification_period always
 contacts admin
 check_command ok
}
define service {
 host_name here
 service_description one
 max_check_attempts 1
 check_period always
 notification_period always
 contacts admin
 check_command ok
}
`
  let daemon: ChildProcess

  beforeAll(async () => {
    const [uid, gid] = ['-u', '-g'].map(what => Number(spawnSync('id', [what, 'nagios'], { encoding: 'utf8' }).stdout))
    chmodSync(dir, 0o755)
    for (const name of ['rw', 'spool']) mkdirSync(join(dir, name))
    for (const name of ['.', 'rw', 'spool']) chownSync(join(dir, name), uid!, gid!)
    writeFileSync(join(dir, 'nagios.cfg'), text)
    writeFileSync(join(dir, 'objects.cfg'), objects)
    daemon = spawn(program, [join(dir, 'nagios.cfg')], { stdio: 'ignore' })
    await until('its first answer', 20_000, async () => (await seen()).status === 'running')
  }, 30_000)
  afterAll(() => {
    daemon?.kill('SIGCONT')
    daemon?.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })

  const config = readMainConfig(text)!
  const seen = (): Promise<Seen> => look(host, { resource: 'nagios', action: 'monitor' }, config)

  test('that is well runs', async () => expect(await seen()).toEqual({ status: 'running' }))

  test('that stands still has its process, and does not answer', async () => {
    daemon.kill('SIGSTOP')
    const found = await seen()
    daemon.kill('SIGCONT')
    expect(found).toEqual({
      status: 'unknown',
      why: `does not answer on ${dir}/rw/nagios.qh within 2 s: it stands still`,
    })
    await until('it is well again', 10_000, async () => (await seen()).status === 'running')
  })

  test('whose command file is no pipe is deaf', async () => {
    renameSync(command, `${command}.away`)
    writeFileSync(command, '')
    expect((await seen()).why).toBe(`${command} is no pipe: no command reaches it; remove the file and start it again`)
    rmSync(command)
    expect((await seen()).why).toBe(`${command} is missing: no command reaches it`)
    renameSync(`${command}.away`, command)
    expect((await seen()).status).toBe('running')
  })

  test('whose status is old stands still, also where nobody can be asked', async () => {
    const old = join(dir, 'old.dat')
    writeFileSync(old, '')
    utimesSync(old, Date.now() / 1000 - 60, Date.now() / 1000 - 60)
    const quiet = { ...config, statusFile: old, querySockets: [] }
    const found = await look(host, { resource: 'nagios', action: 'monitor' }, quiet)
    expect(found).toEqual({
      status: 'unknown',
      why: expect.stringMatching(/was last written 6\d s ago: it stands still$/),
    })
  })

  test('that was killed answers nobody, though its files are fresh', async () => {
    const ended = new Promise(resolve => daemon.once('exit', resolve))
    daemon.kill('SIGKILL')
    await ended
    expect(await seen()).toMatchObject({
      status: 'unknown',
      why: expect.stringMatching(/^(hangs up on|nobody answers on) .*nagios\.qh/),
    })
  })
})
