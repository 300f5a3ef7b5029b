/** Liveness: in good weather every group comes up on one node, or waits for one order that brings it up; then all is quiet. */

import { obstacles } from '../../src/cluster/clearance.ts'
import type { Cluster } from '../../src/cluster.ts'
import { patienceOf } from '../../src/resources/ailment.ts'
import type { Group, NodeId } from '../../src/types.ts'
import { act } from './faults.ts'
import type { Host } from './host.ts'
import { isLive } from './machine.ts'
import { calm } from './network.ts'
import type { World } from './world.ts'

/** All misfortune ends: what was broken works, what was dead is started. */
function mendAll(world: World): void {
  world.onNote = undefined
  world.network.weather = calm
  world.network.heal()
  world.outskirts.heal()
  world.fenceMood = { fails: 0, hangs: 0, lies: false }
  for (const host of world.hosts) {
    host.agents.mood = 'well'
    host.agents.failing.clear()
    host.disk.writable = true
    host.configDiffers = false
    for (const name of clusterOf(host)?.unready ?? []) act(world, `unready ${host.node} ${name} no`)
    host.resume('beat')
    host.resume('manager')
    if (!world.fencing_.has(host.node)) host.powerOn()
  }
}

export function recovers(world: World): void {
  const { law, timing } = world
  mendAll(world)
  const settleMs = Math.max(timing.initdeadMs, timing.deadtimeMs) + timing.deadtimeMs
  world.run(world.nowMs + 25_000)
  world.run(Math.max(world.nowMs, ...world.hosts.map(suspendedUntilMs))) // nothing has to move before that
  for (const host of world.hosts) if (!world.fencing_.has(host.node)) host.powerOn() // that were still on their way out
  world.run(world.nowMs + 10_000 + settleMs + (world.ailing ? 10_000 + 8 * world.slowestAgentMs : 0))
  oneHolder(world)
  for (const group of world.groups) {
    if (isHaltedAnywhere(world, group)) {
      haltedEverywhere(world, group)
      continue
    }
    const able = capable(world, group)
    if (able.length === 0 || blockedAnywhere(world, group) || isStuck(world, group)) continue
    if (!runsOnOne(world, group))
      law.broken(
        'L1',
        `${group.name} runs on ${holdersOf(world, group).join(' and ') || 'no node'}, though ${able.join(', ')} could: ${views(world, group)}`,
      )
  }
  wayOut(world)
  world.run(world.nowMs + 5_000 + settleMs + 8 * world.slowestAgentMs)
  const jobs = law.tally.jobs
  world.run(world.nowMs + 5_000 + timing.deadtimeMs)
  if (law.tally.jobs > jobs) law.broken('L4', `${law.tally.jobs - jobs} jobs although nothing happens any more`)
  oneHolder(world)
  for (const group of world.groups) {
    if (!runsOnOne(world, group))
      law.broken(
        'L5',
        `${group.name} runs on ${holdersOf(world, group).join(' and ') || 'no node'} after every way out was tried: ${views(world, group)}`,
      )
  }
  sameViews(world)
  givesWay(world)
}

/** L7: whoever can serve less than the others hands over once, and gets back at most what is at home there. */
function givesWay(world: World): void {
  const { law, setting, timing, groups } = world
  const poor = world.hosts.find(
    ({ node }) => clusterOf(world.host(node))?.groups.get(groups[0]!.name)?.assignment.owner === node,
  )
  const byPing = setting.ipfail && setting.pings.length > 0 && setting.seed % 2 === 0
  if (poor === undefined) return
  const lose = (how: readonly [string, string]): void => {
    if (byPing) for (const name of setting.pings) act(world, `ping ${poor.node} ${name} ${how[0]}`)
    else act(world, `carrier ${poor.node} ${how[1]}`)
  }
  const concerned = groups.filter(({ resources }) => byPing || resources.some(({ address }) => address))
  const moveMs = 2 * setting.deadpingMs + 8_000 + timing.deadtimeMs + 10 * world.slowestAgentMs
  const moves = law.tally.moves
  lose(['lost', 'out'])
  world.run(world.nowMs + 2 * moveMs)
  const held = concerned.find(group => !runsOnOne(world, group) || holdersOf(world, group)[0] === poor.node)
  const why = byPing ? 'sees no ping node' : 'has no carrier'
  if (held !== undefined)
    law.broken('L7', `${held.name} is not away from ${poor.node}, which ${why}: ${views(world, held)}`)
  if (law.tally.moves > moves + concerned.length)
    law.broken('L7', `${law.tally.moves - moves} moves because ${poor.node} ${why}`)
  lose(['back', 'in'])
  world.run(world.nowMs + moveMs + timing.deadtimeMs)
  const home = world.autoFailback ? concerned.filter(({ homes }) => homes[0] === poor.node).length : 0
  const most = moves + concerned.length + home
  if (law.tally.moves > most)
    law.broken('L7', `${law.tally.moves - moves} moves because ${poor.node} was worse off for a while`)
  oneHolder(world)
}

/** By the clock of the world; what somebody is still bound to as well. */
function suspendedUntilMs(host: Host): number {
  const truce = host.manager?.cluster.truce
  if (truce === undefined) return 0
  return Math.max(truce.disarmedEndMs, truce.maintainedEndMs, truce.boundEndMs) + host.clockZeroMs
}

/** What an operator would type: `unstandby`, `clear`, and `clear` with the name of each group, on every node. */
function wayOut(world: World): void {
  for (const host of world.hosts) {
    if (host.manager?.cluster.standby) act(world, `order ${host.node} unstandby`)
    act(world, `order ${host.node} clear`)
    for (const { name } of world.groups) {
      act(world, `order ${host.node} clear ${name}`)
      if (isHaltedAnywhere(world, world.groupOf(name))) act(world, `order ${host.node} start ${name}`)
    }
  }
}

const isHaltedAnywhere = (world: World, { name }: Group): boolean =>
  world.hosts.some(host => (clusterOf(host)?.groups.get(name)?.halt.count ?? 0) % 2 === 1)

/** L8: who has heard of each other knows what an operator has stopped, and nobody runs it. */
function haltedEverywhere(world: World, group: Group): void {
  const counts = new Set(world.hosts.flatMap(host => clusterOf(host)?.groups.get(group.name)?.halt.count ?? []))
  const holders = holdersOf(world, group)
  if (counts.size > 1 || (holders.length > 0 && !blockedAnywhere(world, group)))
    world.law.broken(
      'L8',
      `${group.name} has been stopped by an operator (${[...counts].join(', ')}), and is live on ${holders.join(' and ') || 'no node'}: ${views(world, group)}`,
    )
}

const clusterOf = (host: Host): Cluster | undefined => host.manager?.cluster

const liveThere = (world: World, host: Host, group: Group): number =>
  host.machine.things.get(group.name)!.filter(thing => isLive(thing, world.nowMs)).length

const lied = (host: Host, group: Group): boolean => host.machine.things.get(group.name)!.some(thing => thing.lied)

const holdersOf = (world: World, group: Group): readonly NodeId[] =>
  world.hosts.filter(host => liveThere(world, host, group) > 0 && !lied(host, group)).map(host => host.node)

function runsOnOne(world: World, group: Group): boolean {
  const holders = world.hosts.filter(host => liveThere(world, host, group) > 0 && !lied(host, group))
  const all = holders.length === 1 && liveThere(world, holders[0]!, group) === group.resources.length
  return all && holders[0]!.manager?.cluster.groups.get(group.name)?.assignment.owner === holders[0]!.node
}

function oneHolder(world: World): void {
  for (const group of world.groups) {
    const holders = holdersOf(world, group)
    if (holders.length > 1 && !blockedAnywhere(world, group))
      world.law.broken(
        'S1',
        `${group.name} is live on ${holders.join(' and ')} long after the heal: ${views(world, group)}`,
      )
  }
}

function capable(world: World, group: Group): readonly NodeId[] {
  return group.homes.filter(node => {
    const c = clusterOf(world.host(node))
    const run = c?.groups.get(group.name)?.run
    return (
      c !== undefined &&
      run !== undefined &&
      !c.standby &&
      c.leaving === undefined &&
      !obstacles(c, group).some(({ code }) => code === 'last-man') &&
      run.failed === undefined &&
      run.blocked === undefined
    )
  })
}

const blockedAnywhere = (world: World, group: Group): boolean =>
  world.hosts.some(host => clusterOf(host)?.groups.get(group.name)?.run.blocked !== undefined)

/** It has moved because of failures as often as it may. */
function isStuck(world: World, group: Group): boolean {
  const runs = world.hosts.flatMap(host => clusterOf(host)?.groups.get(group.name)?.run ?? [])
  const failed = runs.filter(run => run.failed !== undefined).length
  return runs.some(({ worn }) => worn !== undefined && failed > patienceOf(group.resources[worn]!).failoverLimit)
}

/** L6: everybody sees everybody, and the same owner of everything. */
function sameViews(world: World): void {
  for (const host of world.hosts) {
    const c = clusterOf(host)
    if (c === undefined) return world.law.broken('L6', `${host.node} has no manager`)
    for (const peer of c.members.peers.values()) {
      if (peer.health !== 'up') world.law.broken('L6', `${host.node} sees ${peer.node} as ${peer.health}`)
    }
  }
  for (const group of world.groups) {
    const owners = new Set(
      world.hosts.map(host => {
        const { owner, epoch } = clusterOf(host)!.groups.get(group.name)!.assignment
        return `${owner} ${epoch.counter}/${epoch.minter}`
      }),
    )
    if (owners.size > 1) world.law.broken('L6', `${group.name} belongs to ${[...owners].join(' and to ')}`)
  }
}

/** For the message: what each node thinks of the group. */
function views(world: World, group: Group): string {
  return world.hosts
    .map(host => {
      const c = clusterOf(host)
      const state = c?.groups.get(group.name)
      if (c === undefined || state === undefined) return `${host.node}: no manager`
      const {
        assignment: { owner, epoch },
        run,
      } = state
      const peers = [...c.members.peers.values()].map(
        peer => `${peer.node} ${peer.health}${peer.left ? ' left' : ''}${peer.sick ? ' sick' : ''}`,
      )
      const flags = [
        c.standby && 'standby',
        run.failed && 'failed',
        run.blocked && 'blocked',
        !run.known && 'unknown',
        run.job?.op,
      ]
      const truth = host.machine.things
        .get(group.name)!
        .map(thing => (thing.lied ? 'lied' : isLive(thing, world.nowMs) ? 'live' : '-'))
        .join(' ')
      const stands = obstacles(c, group).map(({ code, node }) => `${code} ${node}`)
      return `${host.node} (${truth}) [${stands.join(', ')}]: ${owner} ${epoch.counter}/${epoch.minter}, up ${run.up} live ${run.live} ${flags.filter(Boolean).join(' ')} [${peers.join(', ')}]`
    })
    .join('; ')
}
