/** Holds the service addresses of this node, each on a lease that the kernel ends by itself when renewals stop. */
import type { Outcome } from '../../types.ts'
import { isProblem, type Seen } from '../agent.ts'
import { doAndLook } from './batch.ts'
import { acknowledged, type KeeperOptions, type Ledger, type Longer, newLedger, promote } from './ledger.ts'
import { find, place } from './place.ts'
import { removeNow } from './remove.ts'
import { renewNow } from './renew.ts'
import type { Interface, Shown } from './shown.ts'
import { addTogether } from './together.ts'
import type { Wanted } from './wanted.ts'
import { watch } from './watch.ts'

export type { AddressReport, KeeperOptions } from './ledger.ts'

export interface HeldAddress {
  readonly address: string
  readonly device: string
  /** As configured in the kernel. */
  readonly prefix: number
  /** As written or found. */
  readonly writtenPrefix: number
  /** Left of the lease, to a tenth; undefined = no lease. */
  readonly remainingSeconds: number | undefined
}

export interface AddressKeeper {
  /** Adds all in one batch, with others that wait, and announces those that were not here. Acknowledged by what `ip` shows afterwards. */
  add(wanted: readonly Wanted[], holdUntilMs: number | undefined): Promise<Outcome>
  /** Looks, and keeps from now on what is here: after a restart of the manager. */
  adopt(wanted: readonly Wanted[]): Promise<readonly Seen[]>
  /**
   * Renews the leases of all held addresses up to this monotonic instant. One that has expired or was taken away comes
   * back, while the instant allows at least a second of lease and `mayRestore` says so of its address.
   */
  renew(holdUntilMs: number, mayRestore?: (address: string) => boolean, longer?: Longer): Promise<void>
  remove(wanted: readonly Wanted[]): Promise<Outcome>
  look(wanted: readonly Wanted[]): Promise<readonly Seen[]>
  /** Announces these held addresses again, now and a few times more; all when omitted. */
  announce(addresses?: readonly string[]): void
  /** Seconds left of its lease, to a tenth; undefined = no lease, or not held. */
  remaining(address: string): number | undefined
  held(): readonly HeldAddress[]
  /** Everything `ip addr` shows. */
  show(): Promise<readonly Shown[] | { readonly problem: string }>
  /** Ends the helpers and removes no address. */
  close(): void
}

/** What the owner of `ip monitor` passes on. */
export interface Monitored {
  monitorLine(line: string): void
  monitorEnded(why: string): void
}

export function addressKeeper(options: KeeperOptions): AddressKeeper & Monitored {
  const ledger = newLedger(options)
  const { held } = ledger
  const inTurn = turns()
  const watching = watch(ledger, inTurn)
  const addInTurn = addTogether(ledger, inTurn)
  let renewalWaits = false
  const remaining = (address: string): number | undefined => {
    const untilMs = held.get(address)?.validUntilMs
    return untilMs === undefined ? undefined : Math.max(0, Math.round((untilMs - ledger.clock.nowMs()) / 100) / 10)
  }
  return {
    add(wanted, holdUntilMs) {
      options.monitor.wake()
      return addInTurn(wanted, holdUntilMs)
    },
    remove: wanted => inTurn(() => removeNow(ledger, wanted)),
    adopt: wanted =>
      inTurn(async () => {
        options.monitor.wake()
        const around = await lookAround(ledger)
        if ('status' in around) return wanted.map(() => around)
        for (const one of wanted) adoptOne(ledger, one, around)
        return wanted.map(one => judge(one, around))
      }),
    async renew(holdUntilMs, mayRestore = () => true, longer) {
      ledger.allow(holdUntilMs, longer)
      ledger.mayRestore = mayRestore
      if (renewalWaits) return
      renewalWaits = true
      await inTurn(async () => {
        renewalWaits = false
        await renewNow(ledger)
      })
    },
    look: wanted =>
      inTurn(async () => {
        const around = await lookAround(ledger)
        return wanted.map(one => ('status' in around ? around : judge(one, around)))
      }),
    announce(addresses = [...held.keys()]) {
      ledger.announcing.announce(addresses.filter(address => held.get(address)?.gone === false))
    },
    remaining,
    held: () =>
      [...held.values()].map(({ placed: { address, device, prefix, writtenPrefix } }) => {
        return { address, device, prefix, writtenPrefix, remainingSeconds: remaining(address) }
      }),
    async show() {
      const around = await inTurn(() => lookAround(ledger))
      return 'status' in around ? { problem: around.why ?? '' } : around.flatMap(one => one.addresses)
    },
    close() {
      held.clear()
      options.ip.close()
      options.monitor.close()
      ledger.announcing.close()
    },
    monitorLine: watching.line,
    monitorEnded(why) {
      ledger.note(`ip monitor ${why}, started again`)
      watching.interrupted()
    },
  }
}

/** One at a time: each looks before it acts. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}

async function lookAround(ledger: Ledger): Promise<readonly Interface[] | Seen> {
  const looked = await acknowledged(ledger, () => doAndLook(ledger.ip, ''))
  return 'noAnswer' in looked ? { status: 'unknown', why: looked.noAnswer } : ledger.learn(looked.interfaces)
}

function adoptOne(ledger: Ledger, wanted: Wanted, interfaces: readonly Interface[]): void {
  const shown = find(wanted, interfaces)[0]
  if (!shown || ledger.held.has(wanted.address)) return
  const written = { ...wanted, prefix: wanted.prefix ?? shown.prefix }
  const placed = place(written, { interfaces, routes: [], isService: () => true })
  if (isProblem(placed)) return
  promote(ledger, placed)
  ledger.keep(wanted, placed, shown)
  ledger.announcing.keep([wanted.address])
}

/** Here, on an interface that is up and has a carrier. Here but not well is no `stopped`: others must keep away. */
function judge(wanted: Wanted, interfaces: readonly Interface[]): Seen {
  const shown = find(wanted, interfaces)[0]
  if (!shown) return { status: 'stopped' }
  if (!shown.up) return { status: 'unknown', why: `${wanted.address} is here, but ${shown.device} is down` }
  if (!shown.carrier) return { status: 'unknown', why: `${wanted.address} is here, but ${shown.device} has no carrier` }
  return { status: 'running' }
}
