/**
 * All nodes of a cluster but one, in one process. Each has a socket and an address of its own to send from; what arrives is
 * received, checked and decoded once and given to each of them. Run in the network of the guests; see `orders.ts`.
 */

import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { startAlarm } from '../../src/beat/alarm.ts'
import { signed, verified } from '../../src/beat/keys.ts'
import { nothingSaved } from '../../src/cluster/state.ts'
import { fnv1a } from '../../src/config/digest.ts'
import type { Saved } from '../../src/events.ts'
import type { Lately } from '../../src/membership/claims.ts'
import { codebook } from '../../src/membership/codebook.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { decode, encode } from '../../src/membership/packet.ts'
import { sameReport } from '../../src/membership/sameReport.ts'
import type { NodeId, Report } from '../../src/types.ts'
import { nowMs, sleep } from '../shell.ts'
import { newHold } from './hold.ts'
import type { PeersOrder, PeersPlan, PeersReport } from './orders.ts'
import { keysOf, senderFrom, settingsOf } from './outfit.ts'
import { ownersDiffer, type Peer, startPeer } from './peer.ts'

const blank: Saved = nothingSaved

async function main({ configDir, broadcast, peers }: PeersPlan): Promise<void> {
  const settings = new Map(peers.map(({ name }) => [name, settingsOf(configDir, name)]))
  const [common] = settings.values()
  if (common === undefined) throw new Error('no peers are named')
  const link = common.links[0]!
  const keys = keysOf(common)
  const book = codebook(
    common.clusterName,
    common.nodes,
    common.groups.map(({ name }) => name),
    fnv1a,
  )
  const sockets = new Map<string, Socket>()
  for (const { name, address } of peers) sockets.set(name, await senderFrom(address))

  const on = new Map<string, Peer>()
  const disks = new Map<string, { gen: number; saved: Saved }>()
  const refused: Record<string, number> = {}
  const troubles = new Set<string>()
  let votes: PeersReport['votes'][number][] = []
  let agreed: PeersReport['agreed'][number][] = []
  let lateMaxMs = 0
  let longestBytes = 0

  const alarm = startAlarm(nowMs, turn)
  const plan = (): void => alarm.set(Math.min(...[...on.values()].map(peer => peer.nextMs())))

  function turn(): void {
    for (const peer of on.values()) {
      const dueMs = peer.nextMs()
      if (dueMs > nowMs()) continue
      peer.turn()
      lateMaxMs = Math.max(lateMaxMs, nowMs() - dueMs)
    }
    plan()
  }

  const lately: Lately = new Map()
  const reports = new Map<NodeId, Report>()
  const receiver = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 4 << 20 })
  receiver.on('message', bytes => {
    longestBytes = Math.max(longestBytes, bytes.length)
    const datagram = read(bytes)
    if (datagram !== undefined) hold.take(datagram)
  })

  const hold = newHold<Datagram>({
    nowMs,
    after: (ms, call) => void setTimeout(call, ms),
    soon: call => void setImmediate(call),
    isFromPeer: ({ from }) => settings.has(from),
    deliver(datagram) {
      for (const peer of on.values()) peer.receive(datagram, link.name)
      plan()
    },
  })

  function read(bytes: Buffer): Datagram | undefined {
    const checked = verified(keys, bytes)
    const result = 'refused' in checked ? checked : decode(book, checked, lately)
    if ('refused' in result) {
      refused[result.refused] = (refused[result.refused] ?? 0) + 1
      return undefined
    }
    if (result.report === undefined) {
      troubles.add(`the node list of ${result.from} differs`)
      return result
    }
    // A report that has not changed is the same object, as a manager has it.
    const known = reports.get(result.from)
    const report = known !== undefined && sameReport(known, result.report) ? known : result.report
    reports.set(result.from, report)
    if (known !== undefined && known !== report && !settings.has(result.from)) noteNews(result.from, known, report)
    return { ...result, report }
  }

  /** What the real node says of others. */
  function noteNews(by: NodeId, was: Report, is: Report): void {
    for (const dead of is.dead) if (!was.dead.has(dead)) votes.push({ by, dead, atMs: nowMs() })
    if (ownersDiffer(was, is)) agreed.push({ by, atMs: nowMs() })
  }

  function start(name: string): void {
    const own = settings.get(name)!
    const { gen, saved } = disks.get(name) ?? { gen: 0, saved: blank }
    disks.set(name, { gen: gen + 1, saved })
    const socket = sockets.get(name)!
    const around = {
      nowMs,
      after(ms: number, call: () => void): void {
        setTimeout(() => {
          call()
          plan()
        }, ms)
      },
      send: (datagram: Datagram): void =>
        void socket.send(signed(keys, encode(book, keys.send, datagram)), link.port, broadcast),
      voted(dead: NodeId): void {
        votes.push({ by: name, dead, atMs: nowMs() })
        hold.begin()
      },
      agreed: (): void => void agreed.push({ by: name, atMs: nowMs() }),
      trouble: (text: string): void => void troubles.add(text),
    }
    on.set(name, startPeer(around, own, gen + 1, randomBytes(16).toString('hex'), saved))
    plan()
  }

  function obey(order: PeersOrder): PeersReport {
    if (order.verb === 'crash') {
      const saved = on.get(order.name)!.off()
      disks.set(order.name, { gen: disks.get(order.name)!.gen, saved })
      on.delete(order.name)
    }
    const atMs = nowMs()
    if (order.verb === 'boot') start(order.name)
    if (order.verb === 'take-home') on.get(order.name)!.order({ verb: 'takeover', scope: 'local' })
    if (order.verb === 'forget') {
      votes = []
      agreed = []
      lateMaxMs = 0
    }
    plan()
    const unrest = [...on].flatMap(([name, peer]) => {
      const why = peer.unrest()
      return why === undefined ? [] : [[name, why] as const]
    })
    const words = { unrest: Object.fromEntries(unrest), troubles: [...troubles] }
    return { atMs, ...words, refused, lateMaxMs, votes, agreed, longestBytes }
  }

  receiver.bind(link.port, broadcast)
  await once(receiver, 'listening')
  console.log('ready')
  createInterface({ input: process.stdin })
    .on('line', line => console.log(JSON.stringify(obey(JSON.parse(line) as PeersOrder))))
    .on('close', () => process.exit(0))
  for (const { name } of peers) {
    await sleep((Math.random() * 2 * common.timing.keepaliveMs) / peers.length) // so that they beat at different times
    start(name)
  }
}

main(JSON.parse(process.argv[2] ?? '{}') as PeersPlan).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
