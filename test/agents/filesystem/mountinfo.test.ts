import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  deepestFirst,
  hiderOf,
  parseMountinfo,
  topAt,
  unescapeOctal,
} from '../../../src/agents/filesystem/mountinfo.ts'

/** `id parent device point`, root / and tmpfs. */
const tree = (...lines: readonly string[]) =>
  parseMountinfo(
    lines
      .map(line => line.split(' '))
      .map(([id, parent, device, point]) => `${id} ${parent} ${device} / ${point} rw - ext4 /dev/x${device} rw`)
      .join('\n'),
  )

describe('mountinfo', () => {
  test('a line with and without optional fields, escapes and an empty source', () => {
    const text = [
      '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
      '37 36 0:25 /\\134a /a\\040b\\011c ro - nfs4 nas:/my\\040export rw,vers=4.2',
      '38 36 0:26 / /empty rw -  - rw',
      '39 36 0:27 / /none rw - tmpfs  rw,size=1k',
      'nonsense',
      '',
    ].join('\n')
    expect(parseMountinfo(text)).toEqual([
      {
        id: 36,
        parent: 35,
        device: '98:0',
        root: '/mnt1',
        point: '/mnt2',
        flags: ['rw', 'noatime'],
        fstype: 'ext3',
        source: '/dev/root',
        superFlags: ['rw', 'errors=continue'],
      },
      expect.objectContaining({ root: '/\\a', point: '/a b\tc', fstype: 'nfs4', source: 'nas:/my export' }),
      expect.objectContaining({ point: '/empty' }),
      expect.objectContaining({ point: '/none', fstype: 'tmpfs', source: '' }),
    ])
  })

  property.prop([fc.string({ unit: fc.constantFrom('a', ' ', '\\', '\t', '\n', '#', '0', '4', 'ü') })])(
    'what the kernel escapes comes back',
    text => {
      const escaped = text.replace(/[ \t\n\\#]/g, one => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)
      expect(unescapeOctal(escaped)).toBe(text)
    },
  )
  property.prop([fc.string()])('no text is too odd', text => {
    expect(() => deepestFirst(parseMountinfo(text), parseMountinfo(text))).not.toThrow()
  })
})

describe('which mount', () => {
  test('is seen at a directory: the one that nothing stands on there', () => {
    const mounts = tree('1 1 8:1 /', '2 1 8:2 /data', '4 2 8:4 /data', '3 4 8:3 /data/x')
    expect(topAt(mounts, '/data')?.id).toBe(4)
    expect(topAt(mounts, '/data/x')?.id).toBe(3)
    expect(topAt(mounts, '/other')).toBeUndefined()
  })
  test('goes first: what stands on others, whatever the order of the list', () => {
    const mounts = tree(
      '5 2 8:5 /data/a',
      '1 1 8:1 /',
      '2 1 8:2 /data',
      '7 5 8:7 /data/a/b',
      '6 1 8:6 /dat',
      '8 2 8:8 /data',
    )
    const order = deepestFirst(mounts, [mounts[2]!]).map(({ id }) => id)
    expect(order).toEqual([8, 7, 5, 2])
  })
  test('is hidden: a later one over a directory above it', () => {
    const mounts = tree('1 1 8:1 /', '2 1 8:2 /mnt/data', '3 2 8:3 /mnt/data/x', '4 1 8:4 /mnt', '5 1 8:5 /mn')
    expect(hiderOf(mounts, mounts[2]!)?.id).toBe(4)
    expect(hiderOf(mounts, mounts[1]!)?.id).toBe(4)
    expect(hiderOf(mounts, mounts[3]!)).toBeUndefined()
    expect(hiderOf(mounts.slice(0, 3), mounts[2]!)).toBeUndefined()
  })
  test('a list with circles ends', () => {
    const mounts = tree('1 2 8:1 /a', '2 1 8:2 /a/b')
    expect(deepestFirst(mounts, mounts)).toHaveLength(2)
    expect(hiderOf(mounts, mounts[0]!)).toBeUndefined()
  })
})
