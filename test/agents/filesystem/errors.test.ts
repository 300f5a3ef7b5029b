/** The count of errors that the kernel keeps of an ext4. */
import { expect, test } from 'vitest'
import { newErrorWatch } from '../../../src/agents/filesystem/errors.ts'
import { parseMountinfo } from '../../../src/agents/filesystem/mountinfo.ts'

const mountOf = (line: string) => parseMountinfo(`${line}\n`)[0]!
const drbd = mountOf('20 1 147:0 / /data rw - ext4 /dev/drbd0 rw')
const counting = (count: string) => ({
  read: (path: string) =>
    ({ '/sys/dev/block/147:0/uevent': 'MAJOR=147\nDEVNAME=drbd0\n', '/sys/fs/ext4/drbd0/errors_count': `${count}\n` })[
      path
    ],
})

test('what was counted before the first look is old, what comes after it is told until it is mounted anew', () => {
  const errorsOf = newErrorWatch()
  expect(errorsOf(counting('3'), drbd)).toBeUndefined()
  expect(errorsOf(counting('3'), drbd)).toBeUndefined()
  expect(errorsOf(counting('5'), drbd)).toMatch(/^\/dev\/drbd0 on \/data has met 2 errors/)
  expect(errorsOf(counting('5'), drbd)).toBeDefined()
  expect(errorsOf(counting('5'), { ...drbd, id: 21 })).toBeUndefined()
})

test('checked meanwhile, it counts from nothing; other types and what cannot be read tell nothing', () => {
  const errorsOf = newErrorWatch()
  expect(errorsOf(counting('3'), drbd)).toBeUndefined()
  expect(errorsOf(counting('0'), drbd)).toBeUndefined()
  expect(errorsOf(counting('1'), drbd)).toBeDefined()
  expect(newErrorWatch()({ read: () => undefined }, drbd)).toBeUndefined()
  const xfs = newErrorWatch()
  expect(xfs(counting('0'), { ...drbd, fstype: 'xfs' })).toBeUndefined()
  expect(xfs(counting('9'), { ...drbd, fstype: 'xfs' })).toBeUndefined()
})
