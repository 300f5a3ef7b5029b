/** Which datagrams have to wait while the real node is busy with a loss. */

export interface HoldOptions<Datagram> {
  nowMs(): number
  after(ms: number, call: () => void): void
  /** Calls back when what has arrived meanwhile is read. */
  soon(call: () => void): void
  isFromPeer(datagram: Datagram): boolean
  deliver(datagram: Datagram): void
}

/**
 * When a node is lost, each peer tells all others at once what it thinks of it: on machines of their own they read that side by
 * side, here one after the other and on the processors of the real node, which waits for their answers. So what peers say to each
 * other, which decides nothing, waits for so long after a verdict; what the real node says never does.
 */
export const holdMs = 250

export interface Hold<Datagram> {
  take(datagram: Datagram): void
  /** A peer has called another one dead. */
  begin(): void
}

export function newHold<Datagram>(options: HoldOptions<Datagram>): Hold<Datagram> {
  const { nowMs, after, soon, isFromPeer, deliver } = options
  const held: Datagram[] = []
  let untilMs = Number.NEGATIVE_INFINITY
  /** A call of `release` is on its way. */
  let planned = false

  /** One at a time, so that the real node is heard in between. */
  function release(): void {
    const waitMs = untilMs - nowMs()
    planned = waitMs > 0 || held.length > 0
    if (waitMs > 0) return after(waitMs, release) // a timer may come a little early, and there may be another verdict
    const next = held.shift()
    if (next === undefined) return
    deliver(next)
    soon(release)
  }

  return {
    take(datagram) {
      if (isFromPeer(datagram) && (nowMs() < untilMs || held.length > 0)) held.push(datagram)
      else deliver(datagram)
    },
    begin() {
      untilMs = nowMs() + holdMs
      if (!planned) after(holdMs, release)
      planned = true
    },
  }
}
