/** The interfaces and addresses of this host, at this moment. */
import { networkInterfaces } from 'node:os'
import { readInterfaces } from '../../agents/address/shown.ts'
import type { StartProbe } from './probe.ts'
import type { Nearby } from './questions.ts'

/** Those that are up, have carrier and an address: without a program. */
export function runningNow(): readonly Nearby[] {
  try {
    return Object.entries(networkInterfaces()).map(([device, list = []]) => ({
      device,
      running: true,
      arp: list.some(({ mac, internal }) => !internal && mac !== '00:00:00:00:00:00'),
      addresses: list.flatMap(({ address, cidr }) => {
        return cidr === null ? [] : [{ address, prefix: Number(cidr.split('/')[1]) }]
      }),
    }))
  } catch {
    return []
  }
}

/** All of them, as `ip` shows them; none when it does not. Calls back once, unless it is called off. */
export function lookNearby(startProbe: StartProbe, then: (nearby: readonly Nearby[]) => void): () => void {
  let off = false
  const probe = startProbe('ip', ['-j', 'addr', 'show'], {
    printed: () => {},
    ended(output) {
      if (!off) then(output.split('\n').flatMap(readInterfaces).map(nearbyOf))
    },
  })
  return () => {
    off = true
    probe.kill()
  }
}

type Shown = ReturnType<typeof readInterfaces>[number]

const nearbyOf = ({ device, up, carrier, mac, addresses }: Shown): Nearby => ({
  device,
  running: up && carrier,
  arp: mac !== undefined,
  addresses,
})
