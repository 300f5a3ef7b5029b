import { beforeEach, expect, test } from 'vitest'
import type { ProbeEvents } from '../../../src/daemon/outside/probe.ts'
import type { Nearby } from '../../../src/daemon/outside/questions.ts'
import { openRivals, type Rivals } from '../../../src/daemon/outside/rivals.ts'
import type { Group, GroupName } from '../../../src/types.ts'

const eth0: Nearby = { device: 'eth0', running: true, arp: true, addresses: [{ address: '10.0.0.9', prefix: 32 }] }
const six: Nearby = { device: 'eth1', running: true, arp: true, addresses: [{ address: 'fd00::9', prefix: 64 }] }
const group = (name: string, address: string): Group => ({
  name: name as GroupName,
  homes: [],
  resources: [{ name: address, agent: 'IPaddr2', args: [address], address: true }],
})
const web = group('web', '10.0.0.9/24/eth0')
const far = group('far', '10.0.0.8')
const ip6 = group('ip6', '[fd00::9]/64/eth1')

let asked: { command: string; events: ProbeEvents; killed: boolean }[]
let told: unknown[]
let rivals: Rivals
beforeEach(() => {
  asked = []
  told = []
  rivals = openRivals({
    groups: [web, far, ip6],
    post: ({ group, held }) => told.push([group, held]),
    tools: {
      running: () => [eth0, six],
      startProbe(file, args, events) {
        const one = { command: [file, ...args].join(' '), events, killed: false }
        asked.push(one)
        return {
          interrupt: () => {},
          kill: () => {
            one.killed = true
          },
        }
      },
    },
  })
})

const answer = 'ARPING 10.0.0.9 from 0.0.0.0 eth0\nUnicast reply from 10.0.0.9 [02:00:00:00:00:01]  0.7ms\n'
const silence = 'ARPING 10.0.0.9 from 0.0.0.0 eth0\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n'

test('another host answers: told at once', () => {
  rivals.watch([web.name])
  expect(asked.map(({ command }) => command)).toEqual(['arping -D -c 2 -w 1 -I eth0 10.0.0.9'])
  asked[0]!.events.printed(answer)
  expect(told).toEqual([['web', true]])
  expect(asked[0]!.killed).toBe(true)
  asked[0]!.events.ended(answer, false)
  expect(told).toHaveLength(1)
})

test('nobody answers: told at the end', () => {
  rivals.watch([web.name])
  asked[0]!.events.printed('ARPING 10.0.0.9 from 0.0.0.0 eth0\n')
  asked[0]!.events.ended(silence, false)
  expect(told).toEqual([['web', false]])
})

test('what cannot be asked is not told', () => {
  rivals.watch([web.name, far.name, ip6.name])
  expect(asked, 'far is not here any more, and nothing asks that of IPv6').toHaveLength(1)
  asked[0]!.events.ended('arping: socket: Operation not permitted\n', false)
  rivals.watch([web.name])
  asked[1]!.events.ended('', true)
  expect(told).toEqual([])
})

test('one question a group at a time, and none that outlives the daemon', () => {
  rivals.watch([web.name])
  rivals.watch([web.name])
  expect(asked).toHaveLength(1)
  rivals.close()
  expect(asked[0]!.killed).toBe(true)
  asked[0]!.events.ended(silence, false)
  expect(told).toEqual([])
})
