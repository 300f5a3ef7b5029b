import { describe, expect, test } from 'vitest'
import { type BindContext, isProblem } from '../../src/agents/agent.ts'
import { resolve } from '../../src/agents/resolve.ts'
import type { GroupName, NodeId } from '../../src/types.ts'

const context = (resource: string): BindContext => ({
  resource,
  group: 'web' as GroupName,
  node: 'alpha' as NodeId,
  configDir: '/srv/ha.d',
  directives: new Map(),
})

function look(words: string, executable: readonly string[], present: readonly string[] = []) {
  const [agent = '', ...args] = words.split('::')
  const files = {
    isExecutable: (path: string) => executable.includes(path),
    exists: (path: string) => [...executable, ...present].includes(path),
  }
  const found = resolve({ name: words, agent, args, address: false }, context(words), files)
  return isProblem(found) ? found.problem : found.kind
}

const everywhere = [
  '/srv/ha.d/resource.d/Raid1',
  '/etc/ha.d/resource.d/Raid1',
  '/usr/lib/ocf/resource.d/heartbeat/Raid1',
  '/etc/init.d/Raid1',
  '/etc/systemd/system/Raid1.service',
]

describe('resolve', () => {
  test('searches in order', () => {
    const kinds = everywhere.map((_, i) => look('Raid1::/etc/x::/dev/y', everywhere.slice(i)))
    expect(kinds).toEqual(['resource.d', 'resource.d', 'ocf', 'lsb', expect.stringContaining('takes no arguments')])
    expect(look('nginx', [], ['/lib/systemd/system/nginx.service'])).toBe('systemd')
    expect(look('getty@tty1', [], ['/lib/systemd/system/getty@.service'])).toBe('systemd')
  })
  test('addresses are ours whatever lies about', () => {
    expect(look('IPaddr::10.0.0.9/24/eth0', ['/etc/ha.d/resource.d/IPaddr'])).toBe('address')
    expect(look('IPaddr2::10.0.0.9', [])).toBe('address')
    expect(look('IPaddr2::[2001:db8::10]/64/eth0', [])).toBe('address')
    expect(look('IPv6addr::2001:db8::10/64/eth0', [])).toBe('address')
    expect(look('IPaddr2', [])).toContain('names no address')
  })
  test('Filesystem is ours, unless the administrator has a script of his own, or asks for the OCF agent', () => {
    const ocfAgent = '/usr/lib/ocf/resource.d/heartbeat/Filesystem'
    expect(look('Filesystem::/dev/drbd0::/data::ext4', [ocfAgent, '/etc/init.d/Filesystem'])).toBe('filesystem')
    expect(look('Filesystem::/dev/drbd0::/data', ['/etc/ha.d/resource.d/Filesystem'])).toBe('resource.d')
    expect(look('ocf::heartbeat:Filesystem::device=/dev/drbd0::directory=/data', [ocfAgent])).toBe('ocf')
    expect(look('Filesystem::/dev/drbd0', [])).toContain('write Filesystem::DEVICE::DIRECTORY')
  })
  test('by kind', () => {
    expect(look('ocf::heartbeat:Dummy::state=/x', ['/usr/lib/ocf/resource.d/heartbeat/Dummy'])).toBe('ocf')
    expect(look('systemd::nginx', [], ['/usr/lib/systemd/system/nginx.service'])).toBe('systemd')
    expect(look('ocf::heartbeat:Nothing', [])).toBe(
      '/usr/lib/ocf/resource.d/heartbeat/Nothing is not there or not executable',
    )
    expect(look('systemd::nothing', [])).toBe('there is no systemd unit nothing.service')
  })
  test('drbddisk is ours, though drbd-utils brings its script; the OCF agent and drbdupper stay scripts', () => {
    expect(look('drbddisk::r0', ['/etc/ha.d/resource.d/drbddisk'])).toBe('drbd')
    expect(look('drbd::r0', [])).toBe('drbd')
    expect(look('drbdupper::r0', ['/etc/ha.d/resource.d/drbdupper'])).toBe('resource.d')
    const agent = '/usr/lib/ocf/resource.d/linbit/drbd'
    expect(look('ocf::linbit:drbd::drbd_resource=r0', [agent])).toBe('ocf')
  })
  test('says what is missing, and what to do', () => {
    expect(look('mysqld', [])).toBe(
      'no resource script mysqld: not in /srv/ha.d/resource.d/mysqld, not in /etc/init.d/mysqld, and no systemd unit of that name',
    )
    expect(look('LVM::vg0', [])).toContain('apt-get install resource-agents')
    expect(look('thing', [], ['/etc/init.d/thing'])).toBe(
      '/etc/init.d/thing is not executable; chmod +x /etc/init.d/thing',
    )
  })
  test.each(['../../bin/sh', 'a/b', '', '.hidden', 'a b'])('"%s" is no name', agent => {
    expect(look(agent, [`/etc/ha.d/resource.d/${agent}`, `/etc/init.d/${agent}`])).toContain('is not the name')
  })
})
