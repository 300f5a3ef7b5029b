import { expect, test } from 'vitest'
import { type Lack, roomHere, startRoomLooks } from '../../src/daemon/room.ts'
import { fakeClock } from '../agents/fakes.ts'

test('a full memory is told, and a folder that is not there yet is nothing to tell', async () => {
  const read = () => 'MemTotal: 1000 kB\nMemAvailable: 30 kB\n'
  expect(await roomHere(read, '/no/such/folder')).toEqual([
    { level: 'warning', text: '3 % of the memory is available; what comes here may not fit' },
  ])
})

test('looks every five minutes; says what is new, once', async () => {
  const clock = fakeClock()
  const said: string[] = []
  let now: readonly Lack[] = []
  const looks = startRoomLooks(
    clock,
    async () => now,
    text => said.push(text),
  )
  await clock.advance(60_000)
  expect(looks.lacks()).toEqual([])
  now = [{ level: 'warning', text: '3 %' }]
  await clock.advance(600_000)
  expect([looks.lacks(), said]).toEqual([now, ['3 %']])
  now = []
  await clock.advance(300_000)
  expect(looks.lacks()).toEqual([])
  looks.end()
  now = [{ level: 'warning', text: '2 %' }]
  await clock.advance(600_000)
  expect(said).toEqual(['3 %'])
})
