import { beforeEach, expect, test } from 'vitest'
import { announcer } from '../../../src/agents/address/announcer.ts'
import { longLived } from '../../../src/agents/longLived.ts'
import { type FakeChildren, type FakeClock, fakeChildren, fakeClock } from '../fakes.ts'

let clock: FakeClock
let perl: FakeChildren
let notes: string[]
let arpings: string[]
let place: { mac: string; index: number } | undefined
let missing: boolean

const open = () =>
  announcer({
    clock,
    sender: longLived({ file: 'perl', args: [], clock, spawnChild: perl.spawn }),
    locate: address =>
      place && { ...place, family: address.includes(':') ? 6 : 4, address, device: 'eth0', isRouter: false },
    arping: (address, device) => void arpings.push(`${address} ${device}`),
    note: text => void notes.push(text),
  })

beforeEach(() => {
  clock = fakeClock()
  missing = false
  perl = fakeChildren((text, events) => {
    if (missing) return events.ended('spawn perl ENOENT', true)
    if (text.includes('.\n')) events.line('.')
  })
  notes = []
  arpings = []
  place = { mac: '02:00:00:00:00:01', index: 7 }
})

const sent = (): number => perl.written.length

test('now, after 1, 2 and 5 s, then each minute', async () => {
  const sender = open()
  sender.announce(['10.0.0.9'])
  const counts: number[] = []
  for (const stepMs of [0, 900, 200, 800, 200, 2_800, 200, 59_800, 200, 60_000]) {
    await clock.advance(stepMs)
    counts.push(sent())
  }
  expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 6])
  expect(perl.written[0]).toMatch(/^7 ffffffffffff[0-9a-f]+\n7 ffffffffffff[0-9a-f]+\n\.\n$/)
  sender.forget(['10.0.0.9'])
  await clock.advance(200_000)
  expect(sent()).toBe(6)
})

test('of many, every one is told once before any is told the second way', async () => {
  open().announce(['10.0.0.9', '10.0.0.10'])
  await clock.advance(0)
  const operations = (perl.written[0] ?? '').split('\n').map(line => line.split(' ')[1]?.slice(40, 44))
  expect(operations.slice(0, 4)).toEqual(['0001', '0001', '0002', '0002'])
})

const operations = (text = ''): (string | undefined)[] =>
  text
    .split('\n')
    .filter(line => line.length > 2)
    .map(line => line.split(' ')[1]?.slice(40, 44))

test('of many that are coming each is greeted once; then they are announced, in the other form first', async () => {
  const sender = open()
  sender.greet(['10.0.0.9'])
  sender.greet(['10.0.0.10'])
  await clock.advance(10)
  expect(perl.written.map(operations)).toEqual([['0001', '0001']])
  await clock.advance(5_000)
  expect(sent()).toBe(1)
  sender.announce(['10.0.0.9', '10.0.0.10', '10.0.0.11'])
  await clock.advance(0)
  expect(operations(perl.written[1])).toEqual(['0001', '0002', '0002', '0002'])
  expect(perl.written[1]).toMatch(/^7 f{12}\S+0a00000b\n/)
  await clock.advance(1_000)
  expect(operations(perl.written[2])).toEqual(['0001', '0001', '0001', '0002', '0002', '0002'])
})

test('who waits to be greeted is announced in both forms', async () => {
  const sender = open()
  sender.greet(['10.0.0.9'])
  sender.announce(['10.0.0.9'])
  await clock.advance(10)
  expect(perl.written.map(operations)).toEqual([['0001', '0002']])
})

test('a greeting that was under way when its address was announced does not count for the next time', async () => {
  perl = fakeChildren(() => {})
  const sender = open()
  sender.greet(['10.0.0.9'])
  await clock.advance(10)
  sender.announce(['10.0.0.9'])
  perl.events?.line('.')
  await clock.advance(0)
  perl.events?.line('.')
  await clock.advance(0)
  sender.announce(['10.0.0.9'])
  await clock.advance(0)
  expect(perl.written.map(operations)).toEqual([['0001'], ['0001', '0002'], ['0001', '0002']])
})

test('a greeting that was not acknowledged does not count', async () => {
  let mute = true
  perl = fakeChildren((_text, events) => void (mute || events.line('.')))
  const sender = open()
  sender.greet(['10.0.0.9'])
  await clock.advance(1_000)
  mute = false
  sender.announce(['10.0.0.9'])
  await clock.advance(0)
  expect(operations(perl.written[1])).toEqual(['0001', '0002'])
})

test('several in one batch; one that was here before each minute only', async () => {
  const sender = open()
  sender.announce(['10.0.0.9', '2001:db8::9'])
  sender.keep(['10.0.0.9', '10.0.0.10'])
  await clock.advance(0)
  expect(perl.written[0]?.split('\n')).toHaveLength(5)
  await clock.advance(59_900)
  expect(perl.written.join('')).not.toContain('0a00000a')
  await clock.advance(200)
  expect(perl.written.join('')).toContain('0a00000a')
})

test('by where the address is now: the interface may have been exchanged', async () => {
  const sender = open()
  sender.announce(['10.0.0.9'])
  await clock.advance(500)
  place = { mac: '02:00:00:00:00:02', index: 8 }
  await clock.advance(600)
  expect(perl.written[1]).toMatch(/^8 .*020000000002/)
  place = undefined
  await clock.advance(1_000)
  expect(sent()).toBe(2)
})

test('without perl by arping, said once', async () => {
  missing = true
  const sender = open()
  sender.announce(['10.0.0.9', '2001:db8::9'])
  await clock.advance(1_100)
  expect(arpings).toEqual(['10.0.0.9 eth0', '10.0.0.9 eth0'])
  expect(notes).toEqual(['perl is not installed: announcing with arping, and IPv6 addresses not at all'])
})
