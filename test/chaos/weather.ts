/** Bad cables: while it lasts, a relay (relay.pl) carries the frames instead of the switches. */
import { once } from 'node:events'
import { endInput, inNetwork, startReady } from '../../bench/place.ts'
import { run } from '../../bench/shell.ts'
import { port, type TestNode } from '../integration/nodeLab.ts'
import { whole } from '../sim/dice.ts'
import { inTime } from './service.ts'
import type { Stage } from './stage.ts'

export interface Cable {
  /** Probabilities, 0 to 1. */
  readonly loss?: number
  readonly twice?: number
  /** Least and most, ms; a spread reorders. */
  readonly delayMs?: readonly [number, number]
  /** Only datagrams to this UDP port; all else passes. */
  readonly udpPort?: number
}

export interface Weather {
  /** From one node to another, over one interface or all. */
  oneWay(from: TestNode, to: TestNode, cable: Cable, device?: string): Promise<void>
  between(a: TestNode, b: TestNode, cable: Cable, device?: string): Promise<void>
  /** Between a node and the client, both ways. */
  toClient(node: TestNode, cable: Cable): Promise<void>
  /** The switches carry the frames again. */
  clear(): Promise<void>
}

const devices = ['eth0', 'eth1'] as const

/** Begins with good weather: everything passes. */
export async function openWeather(stage: Stage): Promise<Weather> {
  const { root, lab, nodes, clientPort } = stage
  const networks = devices.map(device => nodes.map(node => port(node.name, device)))
  networks[0]!.push(clientPort)
  const seed = String(whole(stage.roll, 1, 1_000_000))
  const argv = ['perl', `${root}/test/chaos/relay.pl`, seed, ...networks.map(ports => ports.join())]
  const relay = await startReady(inNetwork(lab.lan, argv))
  const wire = (order: (i: number) => string): Promise<string> => {
    const orders = networks.flatMap((ports, i) => ports.map(one => `link set ${one} ${order(i)}`))
    return run(inNetwork(lab.lan, ['ip', '-batch', '-']), `${orders.join('\n')}\n`)
  }
  await wire(() => 'nomaster')
  const rule = async (from: string, to: string, cable: Cable): Promise<void> => {
    const { loss = 0, twice = 0, delayMs = [0, 0], udpPort = 0 } = cable
    const done = once(relay.lines, 'line')
    relay.process.stdin!.write(`rule ${from} ${to} ${loss} ${delayMs.join(' ')} ${twice} ${udpPort}\n`)
    await inTime('the relay to obey', done)
  }
  const oneWay: Weather['oneWay'] = async (from, to, cable, device) => {
    for (const one of device === undefined ? devices : [device])
      await rule(port(from.name, one), port(to.name, one), cable)
  }
  return {
    oneWay,
    async between(a, b, cable, device) {
      await oneWay(a, b, cable, device)
      await oneWay(b, a, cable, device)
    },
    async toClient(node, cable) {
      await rule(port(node.name, 'eth0'), clientPort, cable)
      await rule(clientPort, port(node.name, 'eth0'), cable)
    },
    async clear() {
      await endInput(relay.process)
      await wire(i => `master br${i}`)
    },
  }
}
