import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseWanted, type Wanted } from '../../src/agents/address/wanted.ts'
import { isProblem } from '../../src/agents/agent.ts'
import { parseWanted as filesystemWords } from '../../src/agents/filesystem/wanted.ts'
import { translate, translatedNames } from '../../src/agents/names.ts'

/** What haresources says, and what the wrapper of Heartbeat 3.0.6 made of it. */
const cases: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] = [
  ['AudibleAlarm', ['alpha', 'beta'], { nodelist: 'alpha beta' }],
  ['Delay', [], {}],
  ['Delay', ['5'], { startdelay: '5' }],
  ['Delay', ['5', '7'], { startdelay: '5', stopdelay: '7' }],
  ['ICP', ['3', '/dev/sda'], { driveid: '3', device: '/dev/sda' }],
  ['IPsrcaddr', ['10.0.0.9'], { ipaddress: '10.0.0.9' }],
  ['LVM', ['vg0'], { volgrpname: 'vg0' }],
  ['LinuxSCSI', ['0:0:1'], { scsi: '0:0:1' }],
  ['MailTo', ['root@localhost'], { email: 'root@localhost' }],
  ['MailTo', ['root@localhost', 'moved'], { email: 'root@localhost', subject: 'moved' }],
  ['Raid1', ['/etc/mdadm.conf', '/dev/md0'], { raidconf: '/etc/mdadm.conf', raiddev: '/dev/md0' }],
  ['SendArp', ['10.0.0.9/eth0'], { ip: '10.0.0.9', nic: 'eth0' }],
  ['ServeRAID', ['1', '2'], { serveraid: '1', mergegroup: '2' }],
  ['WAS', [], {}],
  ['WAS', ['9080'], { port: '9080' }],
  ['WAS', ['/etc/hosts'], { config: '/etc/hosts' }],
  ['WinPopup', [], { hostfile: 'hosts' }],
  ['WinPopup', ['/etc/hosts'], { hostfile: '/etc/hosts' }],
  ['Xinetd', ['imap'], { service: 'imap' }],
  ['apache', [], {}],
  ['apache', ['/etc/apache2/apache2.conf'], { configfile: '/etc/apache2/apache2.conf' }],
  ['db2', ['db2inst1'], { instance: 'db2inst1' }],
  ['ids', [], {}],
  [
    'ids',
    ['/opt/ids', 'server', 'onconfig'],
    { informixdir: '/opt/ids', informixserver: 'server', onconfig: 'onconfig' },
  ],
  ['portblock', ['tcp', '3306,3307', 'block'], { protocol: 'tcp', portno: '3306,3307', action: 'block' }],
]

describe('translate', () => {
  test.each(cases)('%s %j', (name, args, parameters) => {
    expect(translate(name, args)).toEqual({ provider: 'heartbeat', type: name, parameters })
  })
  test('every name has a case', () => {
    expect([...new Set(cases.map(([name]) => name))].sort()).toEqual([...translatedNames].sort())
  })
  test.each([
    ['LVM', [], 'write LVM::VOLUME-GROUP'],
    ['LVM', ['vg0', 'more'], 'has 2 arguments'],
    ['ids', ['/opt/ids'], 'write ids'],
    ['MailTo', [], 'write MailTo::EMAIL'],
  ])('%s %j is refused', (name, args, why) => {
    expect(translate(name, args)).toEqual({ problem: expect.stringContaining(why) })
  })
  test.each(['drbddisk', 'Filesystem', 'nginx', 'toString', 'constructor'])('%s is not one of them', name => {
    expect(translate(name, [])).toBeUndefined()
  })
})

/** Where Heartbeat's package, or a copy of its files, is at hand. */
const wrappers = [process.env['TANDEM_HEARTBEAT_WRAPPERS'], '/etc/ha.d/resource.d'].find(
  dir => dir && existsSync(join(dir, 'hto-mapfuncs')),
)

describe.skipIf(!wrappers)('the real wrappers of Heartbeat', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-wrappers-'))
    // Instead of running the agent, print what it would have been told.
    writeFileSync(
      join(dir, 'hto-mapfuncs'),
      'ra_execocf() { echo "TYPE=$OCF_TYPE"; env | grep ^OCF_RESKEY_ || :; }\npingargs() { :; }\n',
    )
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  function told(name: string, args: readonly string[]): Record<string, string> {
    const text = readFileSync(join(wrappers ?? '', name), 'utf8')
    expect(text).toMatch(/^\. .*hto-mapfuncs$/m)
    const path = join(dir, name)
    writeFileSync(path, text.replace(/^\. .*hto-mapfuncs$/m, `. ${dir}/hto-mapfuncs`))
    const lines = execFileSync('/bin/sh', [path, ...args, 'start'], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(lines[0]).toBe(`TYPE=${name}`)
    return Object.fromEntries(
      lines.slice(1).map(line => {
        const at = line.indexOf('=')
        return [line.slice('OCF_RESKEY_'.length, at), line.slice(at + 1).trim()]
      }),
    )
  }

  test.each(cases)('%s %j', (name, args) => {
    const agent = translate(name, args)
    expect(agent && !isProblem(agent) && agent.parameters).toEqual(told(name, args))
  })

  test('Filesystem, which is ours', () => {
    const { device, directory, fstype, options } = told('Filesystem', ['LABEL=data', '/data', 'ext4', 'noatime,acl'])
    expect(filesystemWords(['LABEL=data', '/data', 'ext4', 'noatime,acl'])).toEqual({
      source: { type: 'tag', tag: 'LABEL', value: device?.slice('LABEL='.length) },
      directory,
      fstype,
      options: options?.split(','),
    })
  })

  test.each(['10.0.0.9', '10.0.0.9/24', '10.0.0.9/24/eth0', '10.0.0.9/24/eth0/10.0.0.255', '10.0.0.9/24/10.0.0.255'])(
    'IPaddr2 %s, which is ours',
    text => {
      const { ip, cidr_netmask: mask, nic, broadcast } = told('IPaddr2', [text])
      const wanted = parseWanted(text) as Wanted
      expect(wanted.address).toBe(ip)
      expect(wanted.prefix).toBe(mask ? Number(mask) : undefined)
      expect(wanted.device ?? '').toBe(nic ?? '')
      // The wrapper takes a missing broadcast address for the interface's name; nobody wants that.
      expect(wanted.broadcast ?? '').toBe(broadcast === nic ? '' : (broadcast ?? ''))
    },
  )
})
