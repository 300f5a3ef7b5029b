import { describe, expect, test } from 'vitest'
import { escalate } from '../../../src/agents/filesystem/escalation.ts'
import { sparedBecause } from '../../../src/agents/filesystem/spare.ts'
import { readUsers, type User, type Users } from '../../../src/agents/filesystem/users.ts'

const manager = 700
const user = (pid: number, command: string, more: Partial<User> = {}): User => ({
  pid,
  startTime: `${pid}0`,
  uid: 0,
  command,
  ancestors: [1],
  how: 'cwd',
  path: '/data',
  ...more,
})
const users = (processes: readonly User[], more: Partial<Users> = {}): Users => ({
  processes,
  kernel: [],
  namespaces: [],
  managerAncestors: [1],
  cut: false,
  ...more,
})

describe('whom a stop never ends', () => {
  test.each([
    ['process 1', user(1, 'bash', { ancestors: [] })],
    ['the manager', user(manager, 'node')],
    ['a child of the manager', user(800, 'perl', { ancestors: [manager, 1] })],
    ['what runs the manager', user(650, 'bash')],
    ['the beat', user(701, 'tandem-beat')],
    ['systemd', user(2, 'systemd')],
    ['the journal', user(3, 'systemd-journal')],
    ['udev', user(3, 'systemd-udevd')],
    ['the bus, which is not root', user(4, 'dbus-daemon', { uid: 104 })],
    ['who lets people in', user(5, 'sshd')],
    ['who answers for disks', user(6, 'multipathd')],
  ])('%s', (_, one) => {
    expect(sparedBecause(one, manager, [650, 1])).toEqual(expect.any(String))
  })
  test.each([
    ['a database', user(20, 'mysqld', { uid: 105 })],
    ['a shell of root', user(21, 'bash')],
    ['the systemd of a user', user(22, 'systemd', { uid: 1000 })],
    ['the bus of a user', user(23, 'dbus-daemon', { uid: 1000, ancestors: [22, 1] })],
    ['one that only calls itself so', user(24, 'sshd', { uid: 1000 })],
    ['a name that begins the same', user(25, 'sshdx')],
    ['a sibling of the manager', user(26, 'worker', { ancestors: [650, 1] })],
  ])('not %s', (_, one) => {
    expect(sparedBecause(one, manager, [650, 1])).toBeUndefined()
  })
})

describe('a busy mount', () => {
  const database = user(20, 'mysqld', { how: 'fd 3', path: '/data/db' })
  const two = users([database, user(5, 'sshd')])
  test('is first waited for, then its users are asked, then killed, then named', () => {
    expect(escalate(0, 0, two, manager)).toEqual({ act: 'wait' })
    expect(escalate(999, 0, two, manager)).toEqual({ act: 'wait' })
    expect(escalate(1_000, 0, two, manager)).toEqual({ act: 'signal', signal: 'TERM', users: [database] })
    expect(escalate(9_999, 0, two, manager)).toMatchObject({ signal: 'TERM' })
    expect(escalate(10_000, 0, two, manager)).toEqual({ act: 'signal', signal: 'KILL', users: [database] })
    expect(escalate(15_000, 0, two, manager)).toEqual({
      act: 'give up',
      who: 'not even SIGKILL ended mysqld (20, fd 3 /data/db); sshd (5, cwd /data) is never ended, as it lets people in',
    })
  })
  test('that only the spared or the kernel keep busy is given up soon', () => {
    const kernel = users([], { kernel: ['swap on /data/swap'] })
    expect(escalate(2_999, 2_999, kernel, manager)).toEqual({ act: 'wait' })
    expect(escalate(3_000, 3_000, kernel, manager)).toEqual({
      act: 'give up',
      who: 'the kernel has swap on /data/swap',
    })
    expect(escalate(3_000, 3_000, users([]), manager)).toEqual({
      act: 'give up',
      who: 'no process is found that uses it',
    })
    expect(escalate(3_000, 3_000, users([], { cut: true }), manager)).toMatchObject({
      who: expect.stringContaining('hangs'),
    })
  })
  test('that was busy for long is given time when its users have just gone', () => {
    expect(escalate(15_000, 600, users([]), manager)).toEqual({ act: 'wait' })
  })
  test('of many, some are named', () => {
    const many = users(Array.from({ length: 9 }, (_, i) => user(100 + i, 'worker')))
    expect(escalate(15_000, 0, many, manager)).toMatchObject({
      who: expect.stringMatching(/\(104, cwd \/data\) and 4 more$/),
    })
  })
})

describe('what the search found', () => {
  const output = [
    'manager 650,1',
    'user 20 200 105 my\\040sqld 19,1 fd3 /data/a\\040b',
    'user 21 210 0 bash 1 cwd /data',
    'kernel swap\\040on\\040/data/swap',
    'namespace 30 containerd',
  ]
  test('is read', () => {
    expect(readUsers([...output, 'end', ''].join('\n'))).toEqual({
      managerAncestors: [650, 1],
      processes: [
        { pid: 20, startTime: '200', uid: 105, command: 'my sqld', ancestors: [19, 1], how: 'fd 3', path: '/data/a b' },
        { pid: 21, startTime: '210', uid: 0, command: 'bash', ancestors: [1], how: 'cwd', path: '/data' },
      ],
      kernel: ['swap on /data/swap'],
      namespaces: [{ pid: 30, command: 'containerd' }],
      cut: false,
    })
  })
  test('counts also when the search hung', () => {
    expect(readUsers(output.slice(0, 2).join('\n'))).toMatchObject({ processes: [{ pid: 20 }], cut: true })
    expect(readUsers(output.slice(1).join('\n'))).toMatchObject({ processes: [] }) // whom to spare is unknown
    expect(readUsers('')).toMatchObject({ processes: [], cut: true })
  })
})
