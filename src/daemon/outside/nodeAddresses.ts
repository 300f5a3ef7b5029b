/**
 * The addresses of other nodes, by the hosts database, kept from when it first knew them: when they are needed, the name
 * server may be what is cut off. Asked by getent and not in this process, where a name server that hangs would hold up
 * the threads that write our state to disk.
 */
import type { Clock } from '../../agents/clock.ts'
import type { NodeId } from '../../types.ts'
import type { Probe, StartProbe } from './probe.ts'

export interface NodeAddresses {
  of(node: NodeId): readonly string[]
  /** Those whose name was looked up and is not known. */
  unknown(): readonly NodeId[]
  close(): void
}

const limitMs = 10_000
/** A name that is not known yet may be written into the hosts file any time. */
const againMs = 60_000

/** One name after the other. */
export function nodeAddresses(nodes: readonly NodeId[], clock: Clock, startProbe: StartProbe): NodeAddresses {
  const known = new Map<NodeId, readonly string[]>()
  const lookedUp = new Set<NodeId>()
  let probe: Probe | undefined
  let cancel = (): void => {}
  let closed = false

  function next(waiting: readonly NodeId[]): void {
    const [node, ...rest] = waiting
    if (closed) return
    if (node === undefined) {
      const unknown = nodes.filter(one => !known.has(one))
      if (unknown.length > 0) cancel = clock.after(againMs, () => next(unknown))
      return
    }
    const mine = startProbe('getent', ['ahosts', '--', node], {
      printed: () => {},
      ended(output) {
        cancel()
        const found = addressesIn(output)
        if (found.length > 0) known.set(node, found)
        lookedUp.add(node)
        next(rest)
      },
    })
    probe = mine
    cancel = clock.after(limitMs, () => mine.kill())
  }

  next(nodes)
  return {
    of: node => known.get(node) ?? [],
    unknown: () => [...lookedUp].filter(node => !known.has(node)),
    close() {
      closed = true
      cancel()
      probe?.kill()
    },
  }
}

/** Lines like `10.0.0.2  STREAM beta`; a link-local address leads nowhere without its interface. */
function addressesIn(output: string): readonly string[] {
  const addresses = output.split('\n').flatMap(line => /^([0-9a-fA-F.:]+)\s+STREAM\b/.exec(line)?.[1] ?? [])
  return [...new Set(addresses)].filter(address => !/^fe[89ab]/i.test(address))
}
