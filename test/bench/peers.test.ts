/** The hosted peers in virtual time: they are nodes of Tandem, and only what they do to a machine is pretended. */

import { describe, expect, test } from 'vitest'
import { perform, tookMs } from '../../bench/peers/agents.ts'
import { type Peer, startPeer } from '../../bench/peers/peer.ts'
import { clusterOf } from '../../bench/scale.ts'
import { nothingSaved } from '../../src/cluster/state.ts'
import { readSettings } from '../../src/config/readSettings.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Saved } from '../../src/events.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import type { Group, GroupName, Job } from '../../src/types.ts'

const address = { name: 'IPaddr2::10.0.0.1', agent: 'IPaddr2', args: ['10.0.0.1'], address: true }
const script = { name: 'unit::1', agent: 'unit', args: ['1'], address: false }
const group: Group = { name: 'g' as GroupName, homes: [], resources: [address, script] }
const job = (op: Job['op'], first: number, last: number): Job => ({
  id: 1,
  group: group.name,
  op,
  first,
  last,
  holdUntilMs: undefined,
})

describe('agents that pretend', () => {
  test('remember what runs', () => {
    const pretended = new Map<GroupName, number>()
    const look = () => perform(pretended, job('probe', 0, 1), group)
    expect(look()).toEqual({ ok: true, statuses: ['stopped', 'stopped'] })
    perform(pretended, job('start', 0, 0), group)
    expect(look()).toEqual({ ok: true, statuses: ['running', 'stopped'] })
    perform(pretended, job('start', 1, 1), group)
    expect(look()).toEqual({ ok: true, statuses: ['running', 'running'] })
    perform(pretended, job('stop', 1, 1), group)
    expect(look()).toEqual({ ok: true, statuses: ['running', 'stopped'] })
  })

  test('a script takes longer than an address', () => {
    expect(tookMs(job('start', 1, 1), group)).toBeGreaterThan(tookMs(job('start', 0, 0), group))
  })
})

describe('three peers', () => {
  test('meet, share the groups, and outlive one', () => {
    const world = newWorld(3, 6)
    world.runMs(8_000)
    expect(world.peers.map(peer => peer.unrest())).toEqual([undefined, undefined, undefined])
    expect(world.troubles).toEqual([])
    world.off('n02')
    world.runMs(9_000)
    expect(world.votes).toEqual([])
    world.runMs(5_000)
    expect(world.votes.map(({ by, dead }) => `${by} ${dead}`).sort()).toEqual(['n01 n02', 'n03 n02'])
    expect(world.peer('n01').unrest()).toBe('n02 is dead')
    world.on('n02')
    world.runMs(5_000)
    expect(world.peers.map(peer => peer.unrest())).toEqual([undefined, undefined, undefined])
    const owners = () => [...world.said.get('n01')!.report!.claims.values()].map(({ assignment }) => assignment.owner)
    expect(owners()).not.toContain('n02')
    expect(world.agreed).toEqual(['n01', 'n03', 'n02']) // who takes over first, who comes back last
    world.peer('n02').order({ verb: 'takeover', scope: 'local' })
    world.runMs(2_000)
    expect(owners().filter(owner => owner === 'n02').length).toBe(2)
    expect(world.peer('n02').unrest()).toBeUndefined()
  })

  test('whose files differ complain', () => {
    const world = newWorld(3, 6, settings => (settings.self === 'n03' ? { ...settings, configDigest: 1 } : settings))
    world.runMs(4_000)
    expect(world.troubles).toContain('n01: the settings of n03 differ')
  })
})

function settingsFor(nodes: number, groups: number, self: string): Settings {
  const { haCf, haresources } = clusterOf(nodes, groups, 'shared', 'n01').files
  const file = (name: string, text: string) => ({ name, text, mode: 0o600, uid: 0 })
  const key = `auth 1\n1 sha256 ${'6b'.repeat(32)}\n`
  const files = {
    haCf: file('ha.cf', haCf),
    haResources: file('haresources', haresources),
    authKeys: file('authkeys', key),
  }
  const { settings, problems } = readSettings(files, { nodeName: self, hasScript: () => true, interfaces: ['eth0'] })
  if (settings === undefined) throw new Error(JSON.stringify(problems))
  return settings
}

function newWorld(nodes: number, groups: number, change = (settings: Settings): Settings => settings) {
  let atMs = 1e6
  let later: { atMs: number; call: () => void }[] = []
  const live = new Map<string, Peer>()
  const disks = new Map<string, Saved>()
  const gens = new Map<string, number>()
  const said = new Map<string, Datagram>()
  const votes: { by: string; dead: string }[] = []
  const agreed: string[] = []
  const troubles: string[] = []
  const after = (ms: number, call: () => void): void => void later.push({ atMs: atMs + ms, call })

  function on(name: string): void {
    const gen = (gens.get(name) ?? 0) + 1
    gens.set(name, gen)
    const settings = change(settingsFor(nodes, groups, name))
    const send = (datagram: Datagram): void => {
      said.set(name, datagram)
      after(0.1, () => {
        for (const peer of live.values()) peer.receive(datagram, settings.links[0]!.name)
      })
    }
    const around = {
      nowMs: () => atMs,
      after,
      send,
      voted: (dead: string): void => void votes.push({ by: name, dead }),
      agreed: (): void => void agreed.push(name),
      trouble: (text: string): void => void troubles.push(text),
    }
    const bootId = `${gen}${name.slice(1)}`.padEnd(32, '0')
    const disk = disks.get(name) ?? nothingSaved
    live.set(name, startPeer(around, settings, gen, bootId, disk))
  }

  function runMs(ms: number): void {
    const endMs = atMs + ms
    for (;;) {
      const dueMs = Math.min(...[...live.values()].map(peer => peer.nextMs()), ...later.map(one => one.atMs))
      if (dueMs > endMs) break
      atMs = Math.max(atMs, dueMs)
      const due = later.filter(one => one.atMs <= atMs)
      later = later.filter(one => one.atMs > atMs)
      for (const { call } of due) call()
      for (const peer of live.values()) if (peer.nextMs() <= atMs) peer.turn()
    }
    atMs = endMs
  }

  for (let i = 1; i <= nodes; i++) on(`n0${i}`)
  return {
    runMs,
    on,
    off(name: string): void {
      disks.set(name, live.get(name)!.off())
      live.delete(name)
    },
    peer: (name: string): Peer => live.get(name)!,
    get peers(): readonly Peer[] {
      return [...live.values()]
    },
    votes,
    agreed,
    said,
    troubles,
  }
}
