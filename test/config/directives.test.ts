import { describe, expect, test } from 'vitest'
import { directives, isDirective } from '../../src/config/directives.ts'
import { goodHaCf, haCfWith, read, settingsOf } from './reading.ts'

/** All that Heartbeat 3.0.6 accepts in ha.cf, and two that only its manual knows. */
const ofHeartbeat =
  `keepalive deadtime warntime initdead deadping udpport bcast ucast mcast ucast6 mcast6 serial baud node ping
  ping_group auto_failback nice_failback logfile debugfile logfacility use_logd conn_logd_time syslogmsgfmt respawn failfast
  apiauth hopfudge stonith stonith_host watchdog crm pacemaker autojoin uuidfrom hbgenmethod msgfmt compression
  compression_threshold traditional_compression realtime rtprio memreserve debug coredumps coreroot cluster env log_badpack
  max_rexmit_delay record_config_changes record_pengine_inputs enable_config_writes qserver crm_daemon_dir
  crmd_spawns_pengine hbaping normalpoll`.split(/\s+/)

/** A line of each directive that is obeyed, and where it arrives. */
const obeyed: Readonly<
  Record<string, readonly [string, (settings: ReturnType<typeof settingsOf>) => unknown, unknown]>
> = {
  keepalive: ['keepalive 500ms', s => s.timing.keepaliveMs, 500],
  deadtime: ['deadtime 20', s => s.timing.deadtimeMs, 20_000],
  warntime: ['warntime 3', s => s.timing.warntimeMs, 3_000],
  initdead: ['initdead 2m', s => s.timing.initdeadMs, 120_000],
  udpport: ['udpport 7000', s => s.links.map(link => link.port), [7000, 7000]],
  bcast: ['bcast eth7', s => s.links[0], { kind: 'bcast', name: 'bcast eth7', device: 'eth7', port: 694 }],
  ucast: [
    'ucast eth0 10.0.0.2',
    s => s.links[2],
    { kind: 'ucast', name: 'ucast eth0 10.0.0.2', device: 'eth0', peer: '10.0.0.2', port: 694 },
  ],
  ucast6: [
    'ucast6 eth0 fe80::2',
    s => s.links[2],
    { kind: 'ucast', name: 'ucast eth0 fe80::2', device: 'eth0', peer: 'fe80::2', port: 694 },
  ],
  mcast: [
    'mcast eth0 225.0.0.1 695 2 1',
    s => s.links[2],
    {
      kind: 'mcast',
      name: 'mcast eth0 225.0.0.1 695',
      device: 'eth0',
      group: '225.0.0.1',
      port: 695,
      ttl: 2,
      loop: true,
    },
  ],
  mcast6: [
    'mcast6 eth0 ff12::1 695',
    s => s.links[2],
    { kind: 'mcast', name: 'mcast eth0 ff12::1 695', device: 'eth0', group: 'ff12::1', port: 695, ttl: 1, loop: false },
  ],
  node: ['node beta alpha', s => s.nodes, ['alpha', 'beta']],
  ping: ['ping 10.0.0.254', s => s.pings, [{ name: '10.0.0.254', addresses: ['10.0.0.254'] }]],
  ping_group: [
    'ping_group routers 10.0.0.1 10.0.0.2',
    s => s.pings,
    [{ name: 'routers', addresses: ['10.0.0.1', '10.0.0.2'] }],
  ],
  deadping: ['deadping 30', s => s.deadpingMs, 30_000],
  split_policy: ['split_policy wait', s => s.splitPolicy, 'wait'],
  spare: ['spare BETA', s => s.spares, ['beta']],
  auto_failback: ['auto_failback on', s => s.autoFailback, true],
  logfile: ['logfile /var/log/ha-log', s => s.logging.logfile, '/var/log/ha-log'],
  debugfile: ['debugfile /var/log/ha-debug', s => s.logging.debugfile, '/var/log/ha-debug'],
  logfacility: ['logfacility LOCAL0', s => s.logging.facility, 'local0'],
  cluster: ['cluster shop', s => s.clusterName, 'shop'],
  realtime: ['realtime off', s => s.realtime, false],
  respawn: [
    'respawn nobody /usr/bin/thing --list a,b',
    s => s.respawn,
    [{ user: 'nobody', program: '/usr/bin/thing', args: ['--list', 'a,b'] }],
  ],
}

describe('directives', () => {
  test.each(ofHeartbeat)('%s is known', name => expect(isDirective(name)).toBe(true))

  test.each(Object.entries(obeyed))('%s is obeyed', (_name, [line, pick, expected]) => {
    expect(pick(settingsOf({ haCf: haCfWith(line) }))).toEqual(expected)
  })

  const judged = ['nice_failback', 'allow_insecure_auth']
  const silent = Object.entries(directives).filter(
    ([name, { standing }]) => standing.is === 'obeyed' && !obeyed[name] && !judged.includes(name),
  )
  test('each of the obeyed has its test above', () => expect(silent).toEqual([]))

  test.each(Object.entries(directives).filter(([, { standing }]) => standing.is !== 'obeyed'))(
    '%s is not dropped in silence',
    (name, { standing }) => {
      const { problems, notes } = read({ haCf: `${goodHaCf}${name} kernel x\n` })
      const line = goodHaCf.split('\n').length
      const said = [...problems, ...notes].filter(finding => finding.line === line)
      expect(said.map(({ code }) => code)).toContain(
        { idle: 'HA112', later: 'HA111', refused: 'HA110', obeyed: '' }[standing.is],
      )
    },
  )

  test.each(['crm no', 'crm off', 'pacemaker false', 'autojoin none', 'announce frames'])(
    '%s asks for nothing',
    line => {
      expect(read({ haCf: `${goodHaCf}${line}\n` }).problems).toEqual([])
    },
  )

  test('as written: last value, or the whole line where words belong together', () => {
    const { directives: written } = settingsOf({ haCf: haCfWith('udpport 700', 'ucast eth0 10.0.0.2', 'use_logd yes') })
    expect(written.get('udpport')).toBe('700')
    expect(written.get('ucast')).toBe('eth0 10.0.0.2')
    expect(written.get('use_logd')).toBe('yes')
    expect(written.get('node')).toBe('beta')
    expect(written.has('deadping')).toBe(false)
  })
})
