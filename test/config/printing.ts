/** Clusters made up by fast-check, and their files: the way back from settings to text. */
import { fc } from '@fast-check/vitest'
import { writeDuration } from '../../src/config/durations.ts'
import type { HostFacts } from '../../src/config/host.ts'
import type { Files } from '../../src/config/problem.ts'
import type { Link, Settings } from '../../src/config/settings.ts'
import type { Group, GroupName, LinkName, NodeId, Resource, Timing } from '../../src/types.ts'

type Cluster = Omit<Settings, 'directives' | 'configDigest' | 'groupsDigest'>

const name = fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/)
const device = fc.constantFrom('eth0', 'eth1', 'bond0', 'br-lan.7')
const octet = fc.integer({ min: 1, max: 254 })
const port = fc.integer({ min: 1, max: 65_535 })
const ipv4 = fc.tuple(octet, octet, octet).map(([a, b, c]) => `10.${a}.${b}.${c}`)
const word = fc.stringMatching(/^[A-Za-z0-9/._=-]{1,12}$/)

const timing: fc.Arbitrary<Timing> = fc
  .record({
    keepaliveMs: fc.integer({ min: 1, max: 5_000 }),
    gaps: fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.nat(60_000)),
  })
  .chain(({ keepaliveMs, gaps: [first, second] }) => {
    const deadtimeMs = 2 * keepaliveMs + first
    return fc.integer({ min: keepaliveMs + 1, max: deadtimeMs - 1 }).map(warntimeMs => ({
      keepaliveMs,
      warntimeMs,
      deadtimeMs,
      initdeadMs: deadtimeMs + second,
    }))
  })

const link = (udpport: number): fc.Arbitrary<Link> =>
  fc.oneof(
    device.map((on): Link => ({ kind: 'bcast', name: `bcast ${on}` as LinkName, device: on, port: udpport })),
    fc
      .tuple(
        device,
        fc.oneof(
          ipv4,
          fc.ipV6().filter(address => !/^ff/i.test(address)),
        ),
      )
      .map(
        ([on, peer]): Link => ({
          kind: 'ucast',
          name: `ucast ${on} ${peer}` as LinkName,
          device: on,
          peer,
          port: udpport,
        }),
      ),
    fc.tuple(device, octet, port, fc.nat(255), fc.boolean()).map(
      ([on, last, own, ttl, loop]): Link => ({
        kind: 'mcast',
        name: `mcast ${on} 225.0.0.${last} ${own}` as LinkName,
        device: on,
        group: `225.0.0.${last}`,
        port: own,
        ttl,
        loop,
      }),
    ),
  )

/** `index` keeps names and addresses apart. */
const resource = (index: number): fc.Arbitrary<Resource> =>
  fc.oneof(
    fc
      .tuple(octet, fc.constantFrom('IPaddr', 'IPaddr2'), fc.constantFrom('', '/24', '/24/eth0', '/16/eth1:x'))
      .map(([last, agent, rest]): Resource => {
        const argument = `192.168.${index}.${last}${rest}`
        return { name: `${agent}::${argument}`, agent, args: [argument], address: true }
      }),
    fc.tuple(name, fc.array(word, { maxLength: 3 })).map(([agent, args]): Resource => {
      const own = `${agent}-${index}`
      return { name: [own, ...args].join('::'), agent: own, args, address: false }
    }),
  )

const groups = (nodes: readonly NodeId[]): fc.Arbitrary<Group[]> =>
  fc.array(fc.tuple(fc.constantFrom(...nodes), fc.integer({ min: 1, max: 3 })), { maxLength: 6 }).chain(shapes =>
    fc.tuple(
      ...shapes.map(([home, size], row) =>
        fc.tuple(...Array.from({ length: size }, (_, i) => resource(row * 4 + i + 1))).map(
          (resources): Group => ({
            name: resources[0]!.name as GroupName,
            homes: [home, ...nodes.filter(node => node !== home)],
            resources,
          }),
        ),
      ),
    ),
  )

const secrets = fc
  .uniqueArray(fc.tuple(fc.nat(15), fc.uint8Array({ minLength: 32, maxLength: 32 })), {
    selector: ([id]) => id,
    minLength: 1,
    maxLength: 4,
  })
  .map(keys => ({ send: keys.at(-1)![0], secrets: new Map(keys) }))

export const someCluster: fc.Arbitrary<Cluster> = fc
  .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 16 }), port)
  .chain(([names, udpport]) => {
    const nodes = names.sort() as NodeId[]
    return fc.record({
      clusterName: name,
      self: fc.constantFrom(...nodes),
      nodes: fc.constant(nodes),
      timing,
      links: fc.uniqueArray(link(udpport), { selector: ({ name }) => name, minLength: 1, maxLength: 5 }),
      groups: groups(nodes),
      autoFailback: fc.boolean(),
      keys: secrets,
      logging: fc.record({
        logfile: fc.constantFrom(undefined, '/var/log/ha-log'),
        debugfile: fc.constantFrom(undefined, '/var/log/ha-debug'),
        facility: fc.constantFrom(undefined, 'local0', 'daemon'),
      }),
      respawn: fc.array(
        fc.record({
          user: name,
          program: name.map(own => `/usr/bin/${own}-x`),
          args: fc.array(word, { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      realtime: fc.boolean(),
    })
  })

export function printed(cluster: Cluster): { files: Files; host: HostFacts; expected: object } {
  return {
    files: {
      haCf: { name: 'ha.cf', text: printHaCf(cluster) },
      haResources: { name: 'haresources', text: cluster.groups.map(printGroup).join('') },
      authKeys: { name: 'authkeys', text: printKeys(cluster.keys), mode: 0o600, uid: 0 },
    },
    host: { nodeName: cluster.self.toUpperCase(), hasScript: () => undefined },
    expected: { ...cluster, directives: undefined, configDigest: 0, groupsDigest: 0 },
  }
}

function printHaCf({
  clusterName,
  nodes,
  timing: times,
  links,
  autoFailback,
  logging,
  respawn,
  realtime,
}: Cluster): string {
  const udpport = links.find(({ kind }) => kind !== 'mcast')?.port
  const lines = [
    `cluster ${clusterName}`,
    `node ${nodes.join(', ')}`,
    `keepalive ${writeDuration(times.keepaliveMs)}`,
    `warntime ${times.warntimeMs / 1_000}`,
    `deadtime ${times.deadtimeMs}ms`,
    `initdead ${times.initdeadMs * 1_000}us`,
    ...links.map(printLink),
    ...(udpport === undefined ? [] : [`udpport ${udpport}`]),
    `auto_failback ${autoFailback ? 'on' : 'off'}`,
    `realtime ${realtime}`,
    ...(logging.logfile ? [`logfile ${logging.logfile}`] : []),
    ...(logging.debugfile ? [`debugfile ${logging.debugfile}`] : []),
    `logfacility ${logging.facility ?? 'none'}`,
    ...respawn.map(({ user, program, args }) => ['respawn', user, program, ...args].join(' ')),
    'split_policy take',
  ]
  return `${lines.join('\n')}\n`
}

function printLink(one: Link): string {
  if (one.kind === 'bcast') return `bcast ${one.device}`
  if (one.kind === 'ucast') return `ucast ${one.device} ${one.peer}`
  return `mcast ${one.device} ${one.group} ${one.port} ${one.ttl} ${one.loop ? 1 : 0}`
}

function printGroup({ homes, resources }: Group): string {
  return `${homes[0]} ${resources.map(({ name: text }) => text).join(' \\\n  ')}\n`
}

function printKeys({ send, secrets: keys }: Settings['keys']): string {
  const lines = [...keys].map(
    ([id, bytes]) => `${id} sha256 ${[...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')}`,
  )
  return `${lines.join('\n')}\nauth ${send}\n`
}
