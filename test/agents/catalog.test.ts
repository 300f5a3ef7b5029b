import { describe, expect, test } from 'vitest'
import { isProblem } from '../../src/agents/agent.ts'
import { catalog, type Disk } from '../../src/agents/catalog.ts'
import { readMetaData } from '../../src/agents/metaData.ts'
import { resolve } from '../../src/agents/resolve.ts'
import type { GroupName, NodeId } from '../../src/types.ts'

/** Paths, those that end in `*` are executable. */
function diskOf(...paths: readonly string[]): Disk {
  const files = new Map(paths.map(path => [path.replace('*', ''), path.endsWith('*')]))
  const below = (folder: string): string[] =>
    [...files.keys()]
      .filter(path => path.startsWith(`${folder}/`))
      .map(path => path.slice(folder.length + 1).split('/')[0]!)
  return {
    isExecutable: path => files.get(path) === true,
    exists: path => files.has(path),
    names: folder => [...new Set(below(folder))].sort(),
  }
}

const disk = diskOf(
  '/conf/resource.d/mine*',
  '/conf/resource.d/Filesystem*',
  '/conf/resource.d/notes.txt',
  '/etc/ha.d/resource.d/mine*',
  '/etc/ha.d/resource.d/IPaddr*',
  '/etc/ha.d/resource.d/old*',
  '/etc/init.d/old*',
  '/etc/init.d/sysv*',
  '/etc/init.d/README',
  '/lib/systemd/system/sysv.service',
  '/lib/systemd/system/nginx.service',
  '/etc/systemd/system/nginx.service',
  '/lib/systemd/system/web@.service',
  '/lib/systemd/system/x.timer',
  '/usr/lib/ocf/resource.d/heartbeat/.ocf-shellfuncs*',
  '/usr/lib/ocf/resource.d/heartbeat/Filesystem*',
  '/usr/lib/ocf/resource.d/heartbeat/LVM*',
  '/usr/lib/ocf/resource.d/heartbeat/mysql*',
  '/usr/lib/ocf/resource.d/heartbeat/lib.sh*',
  '/usr/lib/ocf/resource.d/linbit/drbd*',
)
const shelves = catalog('/conf', disk)

describe('what haresources can name', () => {
  test('each name where it is found, and what needs a prefix at the end', () => {
    expect(shelves.map(({ kind, from, written, names }) => [kind, from, written, names.join(' ')])).toEqual([
      [
        'built in',
        undefined,
        'NAME::ARGUMENTS',
        'IPaddr2 IPaddr IPv6addr drbddisk drbd nagios naemon icinga webui mysqlrole mysqlwait',
      ],
      ['resource.d', '/conf/resource.d', 'NAME[::ARGUMENT...]', 'Filesystem mine'],
      ['resource.d', '/etc/ha.d/resource.d', 'NAME[::ARGUMENT...]', 'old'],
      ['ocf', '/usr/lib/ocf/resource.d/heartbeat', 'NAME[::ARGUMENT...]', 'LVM'],
      ['lsb', '/etc/init.d', 'NAME', 'sysv'],
      ['systemd', 'systemd', 'NAME', 'nginx web@'],
      ['systemd', 'systemd', 'systemd::NAME', 'sysv'],
      ['ocf', '/usr/lib/ocf/resource.d/heartbeat', 'ocf::heartbeat:NAME[::KEY=VALUE...]', 'Filesystem LVM mysql'],
      ['ocf', '/usr/lib/ocf/resource.d/linbit', 'ocf::linbit:NAME[::KEY=VALUE...]', 'drbd'],
    ])
  })

  const listed = shelves.slice(1).flatMap(shelf => shelf.names.map(name => [name, shelf] as const))
  test.each(listed)('%s is what resolve finds', (name, { kind, from, written }) => {
    const [agent = '', ...args] = written.replace('NAME', name).replace(/\[.*/, '').split('::')
    const word = { name, agent, args: name === 'LVM' && args.length === 0 ? ['vg0'] : args, address: false }
    const context = {
      resource: name,
      group: 'g' as GroupName,
      node: 'n' as NodeId,
      configDir: '/conf',
      directives: new Map(),
    }
    const bound = resolve(word, context, disk)
    if (isProblem(bound)) throw new Error(bound.problem)
    expect(bound.kind).toBe(kind)
    if (kind !== 'systemd') expect(bound.from).toBe(`${from}/${name}`)
  })
})

describe('meta-data of an OCF agent', () => {
  const xml = `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Thing" version="1.0">
<version>1.1</version>
<longdesc lang="en">Long &lt;text&gt;</longdesc>
<shortdesc lang="en">Runs a
  thing &amp; more</shortdesc>
<parameters>
<!-- <parameter name="gone"><shortdesc>x</shortdesc></parameter> -->
<parameter name="device" unique="0" required="1">
<longdesc lang="en">l</longdesc>
<shortdesc lang="en">the device</shortdesc>
<content type="string" default="" />
</parameter>
<parameter name='retry'>
<shortdesc lang="en"/>
<content default='3 &quot;times&quot;' type='string'/>
</parameter>
</parameters>
<actions><action name="start" timeout="60s"/></actions>
</resource-agent>`

  test('is read as far as it is shown', () => {
    expect(readMetaData(xml)).toEqual({
      summary: 'Runs a thing & more',
      parameters: [
        { name: 'device', required: true, default: undefined, summary: 'the device' },
        { name: 'retry', required: false, default: '3 "times"', summary: '' },
      ],
    })
  })
  test('of one without parameters', () => {
    expect(readMetaData('<resource-agent name="x"><shortdesc>y</shortdesc><parameters/></resource-agent>')).toEqual({
      summary: 'y',
      parameters: [],
    })
  })
  test('anything else is none', () => expect(readMetaData('sh: not found')).toBeUndefined())
})
