import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startAlarm } from '../../src/beat/alarm.ts'

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const ringAt = (atMs: number) => new Promise<number>(resolve => startAlarm(nowMs, () => resolve(nowMs())).set(atMs))

test('never before the instant', async () => {
  for (const afterMs of [0.1, 1.9, 5.5, 20.01]) {
    const atMs = nowMs() + afterMs
    expect(await ringAt(atMs)).toBeGreaterThanOrEqual(atMs)
  }
})

test('what lies in a socket is read first, even when the timer is late', async () => {
  const [receiver, sender] = [createSocket('udp4'), createSocket('udp4')]
  receiver.bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  sender.connect(receiver.address().port, '127.0.0.1')
  await once(sender, 'connect')
  const order: string[] = []
  receiver.on('message', () => order.push('datagram'))
  // From the check phase: the loop comes to its timers next, and to its sockets after them.
  await new Promise(resolve => setImmediate(resolve))
  const rung = ringAt(nowMs() + 5).then(() => order.push('alarm'))
  sender.send('x')
  const untilMs = nowMs() + 50
  while (nowMs() < untilMs);
  await rung
  receiver.close()
  sender.close()
  expect(order).toEqual(['datagram', 'alarm'])
})

test('the latest instant counts, and none after a stop', async () => {
  const rings: number[] = []
  const alarm = startAlarm(nowMs, () => {
    rings.push(nowMs())
    alarm.set(Number.POSITIVE_INFINITY)
  })
  const startMs = nowMs()
  alarm.set(startMs + 5)
  alarm.set(startMs + 40)
  await new Promise(resolve => setTimeout(resolve, 80))
  expect(rings.length).toBe(1)
  expect(rings[0]).toBeGreaterThanOrEqual(startMs + 40)
  alarm.set(nowMs() + 5)
  alarm.stop()
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(rings.length).toBe(1)
})
