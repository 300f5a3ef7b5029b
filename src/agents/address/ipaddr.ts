import { type Agent, defaultTimeouts, isProblem } from '../agent.ts'
import { addressReadiness } from './readiness.ts'
import { parseWanted } from './wanted.ts'

/** IPaddr and IPaddr2 of Heartbeat, and IPv6addr: one agent, as there is one way to hold an address. */
export const ipaddr: Agent = {
  meta: {
    name: 'IPaddr2',
    summary: 'A service address, held on a lease in the kernel',
    usage: 'IPaddr2::ADDRESS[/MASK[/INTERFACE[:LABEL]][/BROADCAST]]',
    timeouts: defaultTimeouts,
    aliases: ['IPaddr', 'IPv6addr'],
  },
  bind(args, { resource }) {
    // An IPv6 address without brackets was cut at its `::`.
    const text = args.join('::')
    if (text === '') return { problem: `${resource} names no address; write IPaddr2::10.0.0.9/24/eth0` }
    const address = parseWanted(text)
    if (isProblem(address)) return address
    return {
      resource,
      kind: 'address',
      timeouts: defaultTimeouts,
      address,
      lastStop: () => ({ by: 'address', address: address.address }),
      start: (host, { holdUntilMs }) => host.addresses.add([address], holdUntilMs),
      stop: host => host.addresses.remove([address]),
      async monitor(host) {
        const [seen] = await host.addresses.look([address])
        return seen ?? { status: 'unknown' }
      },
      ready: host => addressReadiness(host, resource, address),
    }
  },
}
