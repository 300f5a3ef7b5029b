import { describe, expect, test } from 'vitest'
import { isProblem } from '../../../src/agents/agent.ts'
import type { Facts } from '../../../src/agents/filesystem/facts.ts'
import { judgeHealth } from '../../../src/agents/filesystem/health.ts'
import { parseMountinfo } from '../../../src/agents/filesystem/mountinfo.ts'
import { planStart } from '../../../src/agents/filesystem/startPlan.ts'
import { judgeMounts } from '../../../src/agents/filesystem/survey.ts'
import { parseWanted } from '../../../src/agents/filesystem/wanted.ts'

const system = '1 1 8:1 / / rw - ext4 /dev/sda1 rw'
const drbd = (point: string, flags = 'rw', superFlags = 'rw') =>
  `20 1 147:0 / ${point} ${flags} - ext4 /dev/drbd0 ${superFlags}`
const empty: Facts = {
  source: { kind: 'block', path: '/dev/drbd0', device: '147:0' },
  directory: { kind: 'directory', path: '/data', filled: false },
  devices: new Map(),
}

function look(words: string, mounts: readonly string[], facts?: Partial<Facts>) {
  const wanted = parseWanted(words.split('::'))
  if (isProblem(wanted)) throw new Error(wanted.problem)
  const survey = judgeMounts(wanted, parseMountinfo([system, ...mounts].join('\n')), facts && { ...empty, ...facts })
  return { survey, seen: judgeHealth(wanted, survey), plan: planStart(wanted, survey) }
}
const ext4 = '/dev/drbd0::/data::ext4'

describe('what is seen', () => {
  test.each<[string, string, readonly string[], Partial<Facts> | undefined, string]>([
    ['as written', ext4, [drbd('/data')], undefined, 'running'],
    ['another name of the device', '/dev/drbd/by-res/r0::/data', [drbd('/data')], {}, 'running'],
    ['nothing', ext4, [], {}, 'stopped'],
    ['another directory that begins the same', ext4, ['20 1 8:2 / /data2 rw - ext4 /dev/sda2 rw'], {}, 'stopped'],
    ['something else there', ext4, ['20 1 8:2 / /data rw - xfs /dev/sda2 rw'], {}, 'stopped'],
    ['elsewhere', ext4, [drbd('/mnt')], {}, 'unknown'],
    ['read-only by an error', ext4, [drbd('/data', 'rw', 'ro')], undefined, 'unknown'],
    ['read-only in newer kernels', ext4, [drbd('/data', 'rw', 'rw,emergency_ro')], undefined, 'unknown'],
    ['read-only by hand', ext4, [drbd('/data', 'ro', 'rw')], undefined, 'unknown'],
    ['read-only as wished', `${ext4}::ro`, [drbd('/data', 'ro', 'ro')], undefined, 'running'],
    ['shut down', `${ext4}::ro`, [drbd('/data', 'rw', 'rw,shutdown')], undefined, 'unknown'],
    ['under another one', ext4, [drbd('/data'), '21 20 0:9 / /data rw - tmpfs x rw'], undefined, 'unknown'],
    [
      'over another one',
      ext4,
      ['21 1 0:9 / /data rw - tmpfs x rw', drbd('/data').replace('20 1', '20 21')],
      undefined,
      'running',
    ],
    [
      'btrfs, which has no number of a device',
      '/dev/vg/a::/data',
      ['20 1 0:40 /sub /data rw - btrfs /dev/mapper/vg-a rw'],
      {
        source: { kind: 'block', path: '/dev/dm-3', device: '253:3' },
        devices: new Map([['/dev/mapper/vg-a', '253:3']]),
      },
      'running',
    ],
    [
      'btrfs of another device',
      '/dev/vg/a::/data',
      ['20 1 0:40 / /data rw - btrfs /dev/mapper/vg-b rw'],
      {
        source: { kind: 'block', path: '/dev/dm-3', device: '253:3' },
        devices: new Map([['/dev/mapper/vg-b', '253:4']]),
      },
      'stopped',
    ],
    ['a link to the directory', '/dev/drbd0::/link', [drbd('/data')], {}, 'running'],
    [
      'nfs, with a slash more, as version 4',
      'nas:/export/::/data::nfs',
      ['20 1 0:44 / /data rw - nfs4 nas:/export rw'],
      undefined,
      'running',
    ],
    [
      'another export',
      'nas:/export::/data::nfs',
      ['20 1 0:44 / /data rw - nfs4 nas:/export2 rw'],
      { source: undefined },
      'stopped',
    ],
    ['tmpfs', 'tmpfs::/data::tmpfs', ['20 1 0:44 / /data rw - tmpfs tmpfs rw'], undefined, 'running'],
    [
      'a bind mount',
      '/srv/www::/data::none::bind',
      ['20 1 8:1 /srv/www /data rw - ext4 /dev/sda1 rw'],
      undefined,
      'running',
    ],
    [
      'a bind mount of a read-only home',
      '/srv/www::/data::none::bind',
      ['20 1 8:1 /srv/www /data rw - ext4 /dev/sda1 ro'],
      undefined,
      'running',
    ],
    [
      'a bind mount from a mount',
      '/mnt/www::/data::none::bind',
      [drbd('/mnt'), '21 1 147:0 /www /data rw - ext4 /dev/drbd0 rw'],
      undefined,
      'running',
    ],
    [
      'a bind mount whose home has gone',
      '/mnt/www::/data::none::bind',
      ['21 1 147:0 /www /data rw - ext4 /dev/drbd0 rw'],
      undefined,
      'running',
    ],
    [
      'a directory bound to itself',
      '/data::/data::none::bind',
      ['20 1 8:1 /data /data rw - ext4 /dev/sda1 rw'],
      undefined,
      'running',
    ],
    [
      'a bind mount of another directory',
      '/srv/www::/data::none::bind',
      ['20 1 8:1 /srv/other /data rw - ext4 /dev/sda1 rw'],
      { source: { kind: 'directory', path: '/srv/www' } },
      'stopped',
    ],
    ['a file system out of sight', ext4, [], { source: { ...empty.source!, atWork: true } }, 'unknown'],
  ])('%s', (_, words, mounts, facts, status) => {
    expect(look(words, mounts, facts).seen.status).toBe(status)
  })

  test('what is not plain says why', () => {
    expect(look(ext4, [drbd('/mnt')], {}).seen.why).toBe('/dev/drbd0 is mounted on /mnt')
    expect(look(ext4, [drbd('/data', 'rw', 'ro')]).seen.why).toContain('/dev/drbd0 on /data is read-only')
    expect(look(ext4, [drbd('/data', 'rw', 'shutdown')]).seen.why).toContain('was shut down after an error')
    expect(look(ext4, ['20 1 8:2 / /data rw - xfs /dev/sda2 rw'], {}).seen.why).toBe(
      '/dev/sda2 (xfs) is mounted on /data',
    )
  })
  test('other places of the same file system', () => {
    const bindMount = '21 1 147:0 /www /srv/www rw - ext4 /dev/drbd0 rw'
    expect(look(ext4, [drbd('/data'), bindMount]).survey.elsewhere.map(({ point }) => point)).toEqual(['/srv/www'])
    const byOtherName = '21 1 147:0 /www /srv/www rw - ext4 /dev/root rw'
    expect(look(ext4, [drbd('/data'), byOtherName]).survey.elsewhere.map(({ point }) => point)).toEqual(['/srv/www'])
    const tmp = '20 1 0:44 / /data rw - tmpfs tmpfs rw'
    expect(look('tmpfs::/data::tmpfs', [tmp, '21 1 0:45 / /tmp rw - tmpfs tmpfs rw']).survey.elsewhere).toEqual([])
  })
})

describe('a start', () => {
  const refused = (why: string) => ({ type: 'refused', why: expect.stringContaining(why) })
  test.each<[string, readonly string[], Partial<Facts> | undefined, string]>([
    [ext4, [drbd('/mnt')], {}, '/dev/drbd0 is mounted on /mnt already; umount /mnt'],
    [ext4, ['20 1 8:2 / /data rw - xfs /dev/sda2 rw'], {}, '/dev/sda2 (xfs) is mounted on /data already; umount /data'],
    [ext4, ['20 1 8:2 / /data/x rw - xfs /dev/sda2 rw'], {}, 'would hide /data/x'],
    [ext4, [drbd('/data', 'rw', 'ro')], undefined, 'is read-only'],
    [ext4, [], { directory: { kind: 'other', path: '/data' } }, '/data is not a directory'],
    [ext4, [], { source: { kind: 'missing', path: '/dev/drbd0' } }, 'there is no device /dev/drbd0 here'],
    [ext4, [], { source: { kind: 'other', path: '/dev/drbd0' } }, '/dev/drbd0 is not a block device'],
    ['LABEL=a::/data', [], { source: { kind: 'missing', path: 'LABEL=a' } }, 'no device with LABEL=a is found'],
    [
      '/srv/x::/data::none::bind',
      [],
      { source: { kind: 'missing', path: '/srv/x' } },
      '/srv/x, to be shown at /data, is not a directory',
    ],
  ])('%s, %j is refused', (words, mounts, facts, why) => {
    expect(look(words, mounts, facts).plan).toEqual(refused(why))
  })
  test('of what is mounted is done', () => {
    expect(look(ext4, [drbd('/data')]).plan).toEqual({ type: 'running' })
  })
  test('mounts; what is hidden or made is told', () => {
    expect(look(ext4, [], {}).plan).toEqual({ type: 'mount', source: '/dev/drbd0', makeDirectory: false })
    expect(look('LABEL=a::/data', [], {}).plan).toMatchObject({ source: '/dev/drbd0' })
    expect(look(ext4, [], { directory: { kind: 'missing', path: '/data' } }).plan).toMatchObject({
      makeDirectory: true,
    })
    expect(look(ext4, [], { directory: { kind: 'directory', path: '/data', filled: true } }).plan).toMatchObject({
      note: expect.stringContaining('/data is not empty'),
    })
  })
})
