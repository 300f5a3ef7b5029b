/** What this node holds, as last acknowledged, and until when it may. Shared by the operations of the keeper. */
import type { Clock } from '../clock.ts'
import type { LongLived } from '../longLived.ts'
import type { Announcer } from './announcer.ts'
import type { Placed } from './lines.ts'
import { find } from './place.ts'
import type { Interface, Shown } from './shown.ts'
import type { Wanted } from './wanted.ts'

export type AddressReport =
  /** expired: its lease ended. taken-away: somebody else removed it. restored: it is back. lost: it could not be put back. */
  | { readonly type: AddressChange; readonly address: string; readonly device: string; readonly text: string }
  | { readonly type: 'note'; readonly text: string }
export type AddressChange = 'expired' | 'taken-away' | 'restored' | 'lost'

export interface KeeperOptions {
  readonly clock: Clock
  /** L: the longest lease, in whole seconds; 0 = none. */
  readonly leaseSeconds: number
  /** `ip -force -j -batch -` */
  readonly ip: LongLived
  /** `ip -o monitor address link`; its lines go to `monitorLine`. */
  readonly monitor: LongLived
  announcer(locate: (address: string) => Shown | undefined): Announcer
  /** Paths are below /proc/sys/net. */
  readonly sysctl: {
    read(path: string): string | undefined
    write(path: string, value: string): void
  }
  report(report: AddressReport): void
}

export interface Held {
  readonly wanted: Wanted
  readonly placed: Placed
  /** By the last acknowledgement; undefined = for ever. */
  readonly validUntilMs: number | undefined
  /** Seen not to be here, and told so once. */
  readonly gone: boolean
}

/** Addresses that may be held until another instant than the others, if that is later. */
export interface Longer {
  readonly untilMs: number
  readonly covers: (address: string) => boolean
}

export interface Ledger extends Pick<KeeperOptions, 'clock' | 'ip' | 'leaseSeconds' | 'sysctl' | 'report'> {
  readonly held: Map<string, Held>
  readonly interfaces: Map<string, Interface>
  /** Addresses that we removed ourselves: until when an event may still tell us so. */
  readonly ownRemovals: Map<string, number>
  readonly announcing: Announcer
  /** Many that are being added, and were not here: each may be greeted when `ip monitor` tells that it has come. */
  readonly arriving: Map<string, Placed>
  /** A batch was not acknowledged: look before anything is renewed. */
  doubtful: boolean
  note(text: string): void
  /** Remembers what was shown. */
  learn(interfaces: readonly Interface[]): readonly Interface[]
  /** From here on it is ours: acknowledged as shown. */
  keep(wanted: Wanted, placed: Placed, shown: Shown): void
  /** Until when addresses may be held now: the core's latest word, which may be earlier than the one before. */
  allow(holdUntilMs: number, longer?: Longer): void
  /** Whether an address that is gone may come back: not while its group is being stopped, or may be elsewhere. */
  mayRestore: (address: string) => boolean
  /** The lease that may be given now, in whole seconds; under 1 = none. undefined = nobody said until when. */
  grant(address?: string): number | undefined
}

export function newLedger(options: KeeperOptions): Ledger {
  const { clock, ip, leaseSeconds, sysctl, report } = options
  const held = new Map<string, Held>()
  const interfaces = new Map<string, Interface>()
  const arriving = new Map<string, Placed>()
  let latestHoldMs: number | undefined
  let latestLonger: Longer | undefined
  return {
    clock,
    ip,
    leaseSeconds,
    sysctl,
    report,
    held,
    interfaces,
    ownRemovals: new Map(),
    doubtful: false,
    mayRestore: () => true,
    arriving,
    announcing: options.announcer(address => {
      const coming = arriving.get(address)
      if (coming) return placeOf(coming, interfaces)
      const one = held.get(address)
      return one && !one.gone ? whereItIs(one, interfaces.values()) : undefined
    }),
    note: text => report({ type: 'note', text }),
    learn(shown) {
      for (const one of shown) interfaces.set(one.device, one)
      return shown
    },
    keep(wanted, placed, { validSeconds }) {
      const validUntilMs = validSeconds === undefined ? undefined : clock.nowMs() + validSeconds * 1_000
      held.set(wanted.address, { wanted, placed, validUntilMs, gone: false })
    },
    allow(holdUntilMs, longer) {
      latestHoldMs = holdUntilMs
      latestLonger = longer
    },
    grant(address) {
      if (latestHoldMs === undefined) return undefined
      const covered = address !== undefined && latestLonger?.covers(address) === true
      const untilMs = covered ? Math.max(latestHoldMs, latestLonger!.untilMs) : latestHoldMs
      return Math.min(leaseSeconds, Math.floor((untilMs - clock.nowMs()) / 1_000))
    },
  }
}

function placeOf(
  { device, family, address, prefix }: Placed,
  interfaces: ReadonlyMap<string, Interface>,
): Shown | undefined {
  const link = interfaces.get(device)
  if (!link) return undefined
  const { index, mac, up, carrier } = link
  return { device, index, mac, up, carrier, family, address, prefix, validSeconds: undefined }
}

export function whereItIs({ placed }: Pick<Held, 'placed'>, interfaces: Iterable<Interface>): Shown | undefined {
  return find(placed, interfaces)[0]
}

/** One more try, with a fresh `ip`, after a batch that was not acknowledged. */
export async function acknowledged<T extends object>(
  ledger: Ledger,
  ask: () => Promise<T | { readonly noAnswer: string }>,
): Promise<T | { readonly noAnswer: string }> {
  const first = await ask()
  if (!('noAnswer' in first)) return first
  ledger.doubtful = true
  ledger.note(`${first.noAnswer}; trying again`)
  return ask()
}

/** The end of a primary address takes all others of its subnet along, unless this is set. */
export function promote(
  { sysctl, note }: Ledger,
  { family, prefix, device }: Pick<Placed, 'family' | 'prefix' | 'device'>,
): void {
  if (family === 6 || prefix === 32) return
  const own = `ipv4/conf/${device}/promote_secondaries`
  if ([own, 'ipv4/conf/all/promote_secondaries'].some(path => sysctl.read(path)?.trim() === '1')) return
  try {
    sysctl.write(own, '1')
    note(
      `set net.ipv4.conf.${device}.promote_secondaries=1, as other addresses of ${device} must survive the service address`,
    )
  } catch (error) {
    note(`cannot set net.ipv4.conf.${device}.promote_secondaries: ${(error as Error).message}`)
  }
}

/** Complaints come another way than answers. */
const complaintMs = 20

export async function reasonIn({ clock }: Ledger, complaints: readonly string[]): Promise<string> {
  await new Promise<void>(resolve => void clock.after(complaintMs, resolve))
  // `ip` says the number of the failed line after the reason.
  return complaints.filter(line => !line.startsWith('Command failed')).join(' ') || 'no reason given'
}
