import { readAdded, readEvent } from './events.ts'
import type { Ledger } from './ledger.ts'
import { checkNow } from './renew.ts'

/** Several events at once are one look. */
const settleMs = 10

export interface Watch {
  /** A line of `ip -o monitor address link`. */
  line(text: string): void
  /** Events may have been missed: look at all that is held. */
  interrupted(): void
}

/** Notices what the system does to our addresses; our own renewals and removals are no news. */
export function watch(ledger: Ledger, inTurn: (work: () => Promise<void>) => Promise<void>): Watch {
  const { clock, held, interfaces, ownRemovals } = ledger
  const suspects = new Set<string>()
  let waiting = false

  function suspect(addresses: Iterable<string>): void {
    for (const address of addresses) suspects.add(address)
    if (waiting || suspects.size === 0) return
    waiting = true
    clock.after(settleMs, () => void inTurn(look))
  }

  async function look(): Promise<void> {
    waiting = false
    const addresses = [...suspects]
    suspects.clear()
    await checkNow(ledger, addresses)
    ledger.announcing.announce(addresses.filter(address => held.get(address)?.gone === false))
  }

  function deleted(address: string, device: string): void {
    const ownUntilMs = ownRemovals.get(address)
    ownRemovals.delete(address)
    if (ownUntilMs !== undefined && clock.nowMs() < ownUntilMs) return
    if (held.get(address)?.placed.device === device) suspect([address])
  }

  /** It is no renewal: it was not here. */
  function added(text: string): void {
    const here = readAdded(text)
    if (here && ledger.arriving.get(here.address)?.device === here.device) ledger.announcing.greet([here.address])
  }

  /** The neighbours behind a cable that is back may be others. */
  function linkChanged(device: string, carrier: boolean): void {
    const before = interfaces.get(device)
    if (!before) return
    interfaces.set(device, { ...before, carrier })
    if (before.carrier || !carrier) return
    suspect([...held.keys()].filter(address => held.get(address)?.placed.device === device))
  }

  return {
    line(text) {
      const event = readEvent(text)
      if (!event && ledger.arriving.size > 0) added(text)
      if (event?.type === 'deleted') deleted(event.address, event.device)
      if (event?.type === 'link') linkChanged(event.device, event.carrier)
    },
    interrupted: () => suspect(held.keys()),
  }
}
