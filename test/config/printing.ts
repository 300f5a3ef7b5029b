/** Clusters made up by fast-check, and their files: the way back from settings to text. */
import { fc } from '@fast-check/vitest'
import { writeDuration } from '../../src/config/durations.ts'
import type { HostFacts } from '../../src/config/host.ts'
import type { Files } from '../../src/config/problem.ts'
import type { Link, PingNode, Settings } from '../../src/config/settings.ts'
import type { Group, GroupName, LinkName, NodeId, Resource, Timing } from '../../src/types.ts'

type Cluster = Omit<Settings, 'directives' | 'operations' | 'configDigest' | 'groupsDigest'>

const name = fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/)
const device = fc.constantFrom('eth0', 'eth1', 'bond0', 'br-lan.7')
const octet = fc.integer({ min: 1, max: 254 })
const port = fc.integer({ min: 1, max: 65_535 })
const ipv4 = fc.tuple(octet, octet, octet).map(([a, b, c]) => `10.${a}.${b}.${c}`)
const word = fc.stringMatching(/^[A-Za-z0-9/._=-]{1,12}$/)

/** `afterWarntimeMs`: what is left between warntime and deadtime. */
const timing = (afterWarntimeMs: (keepaliveMs: number) => number): fc.Arbitrary<Timing> =>
  fc
    .record({
      keepaliveMs: fc.integer({ min: 1, max: 5_000 }),
      gaps: fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.nat(60_000)),
    })
    .chain(({ keepaliveMs, gaps: [first, second] }) => {
      const rest = afterWarntimeMs(keepaliveMs)
      const deadtimeMs = keepaliveMs + Math.max(keepaliveMs, rest) + first
      return fc.integer({ min: keepaliveMs + 1, max: deadtimeMs - rest }).map(warntimeMs => ({
        keepaliveMs,
        warntimeMs,
        deadtimeMs,
        initdeadMs: deadtimeMs + second,
      }))
    })

/** Outside the cluster: 10.x is for links, 192.168.x for services. */
const pinged = fc.oneof(
  octet.map(last => `172.16.0.${last}`),
  octet.map(last => `2001:db8::${last.toString(16)}`),
)
const pings: fc.Arbitrary<PingNode[]> = fc.uniqueArray(
  fc.oneof(
    pinged.map(address => ({ name: address, addresses: [address] })),
    fc.record({ name, addresses: fc.uniqueArray(pinged, { minLength: 1, maxLength: 3 }) }),
  ),
  { selector: ping => ping.name, maxLength: 3 },
)

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

/** Said in another way than src/config does it: the home, the spares, and of three or more nodes the homes of other groups. */
function homesOf(home: NodeId, homes: readonly NodeId[], nodes: readonly NodeId[], spares: readonly NodeId[]) {
  const others = nodes.filter(node => nodes.length <= 2 || homes.includes(node))
  return [...new Set([home, ...spares, ...others])]
}

const groups = (nodes: readonly NodeId[], spares: readonly NodeId[]): fc.Arbitrary<Group[]> =>
  fc.array(fc.tuple(fc.constantFrom(...nodes), fc.integer({ min: 1, max: 3 })), { maxLength: 6 }).chain(shapes => {
    const homes = shapes.map(([home]) => home)
    return fc.tuple(
      ...shapes.map(([home, size], row) =>
        fc.tuple(...Array.from({ length: size }, (_, i) => resource(row * 4 + i + 1))).map(
          (resources): Group => ({
            name: resources[0]!.name as GroupName,
            homes: homesOf(home, homes, nodes, spares),
            resources,
          }),
        ),
      ),
    )
  })

const secrets = fc
  .uniqueArray(fc.tuple(fc.nat(15), fc.uint8Array({ minLength: 32, maxLength: 32 })), {
    selector: ([id]) => id,
    minLength: 1,
    maxLength: 4,
  })
  .map(keys => ({ send: keys.at(-1)![0], secrets: new Map(keys) }))

interface Shape {
  readonly nodes: readonly NodeId[]
  /** Of three or more nodes enough that each group has somewhere to go. */
  readonly spares: NodeId[]
  readonly pings: PingNode[]
  readonly udpport: number
}

const shape: fc.Arbitrary<Shape> = fc
  .record({ names: fc.uniqueArray(name, { minLength: 1, maxLength: 16 }), pings, udpport: port })
  .chain(({ names, ...rest }) => {
    const nodes = names.sort() as NodeId[]
    const minLength = nodes.length > 2 ? 2 : 0
    return fc.record({
      nodes: fc.constant(nodes),
      spares: fc.shuffledSubarray(nodes, { minLength }),
      pings: fc.constant(rest.pings.filter(ping => !names.includes(ping.name))),
      udpport: fc.constant(rest.udpport),
    })
  })

export const someCluster: fc.Arbitrary<Cluster> = shape.chain(({ nodes, spares, pings, udpport }) => {
  const alone = nodes.length > 2 || (nodes.length === 2 && pings.length > 0)
  const policies =
    pings.length > 0 || nodes.length > 2 ? (['take', 'ask', 'wait'] as const) : (['take', 'wait'] as const)
  return fc.record({
    clusterName: name,
    self: fc.constantFrom(...nodes),
    nodes: fc.constant(nodes),
    timing: timing(keepaliveMs => (alone ? 2 * keepaliveMs + 201 : 1)),
    links: fc.uniqueArray(link(udpport), { selector: ({ name }) => name, minLength: 1, maxLength: 5 }),
    pings: fc.constant(pings),
    deadpingMs: fc.integer({ min: 10_000, max: 99_999 }),
    ipfail: fc.boolean(),
    splitPolicy: fc.constantFrom(...policies),
    spares: fc.constant(spares),
    groups: groups(nodes, spares),
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
    expected: { ...cluster, directives: undefined, operations: undefined, configDigest: 0, groupsDigest: 0 },
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
  ...rest
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
    ...rest.pings.map(printPing),
    `deadping ${writeDuration(rest.deadpingMs)}`,
    ...(rest.ipfail ? ['respawn hacluster /usr/lib/heartbeat/ipfail'] : []),
    ...(rest.spares.length > 0 ? [`spare ${rest.spares.join(' ')}`] : []),
    `split_policy ${rest.splitPolicy}`,
  ]
  return `${lines.join('\n')}\n`
}

function printPing({ name: text, addresses }: PingNode): string {
  return addresses[0] === text ? `ping ${text}` : `ping_group ${text} ${addresses.join(',')}`
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
