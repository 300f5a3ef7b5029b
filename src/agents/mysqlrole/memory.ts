/** What has to be remembered of a pair of databases: what its server tells only while it lives. */
import type { Host, Notebook } from '../agent.ts'

/**
 * The last look at a primary by a replica. Forgotten when the machine starts anew: what the primary did meanwhile nobody
 * here has seen.
 */
export interface Sighting {
  /** The node of the primary. */
  readonly source: string
  /** How its own transactions are marked: its number, or its UUID. */
  readonly writer: string
  /** Monotonic, of the last look at which it took writes, and of the first after it at which that was not seen. */
  readonly atMs: number
  readonly lostAtMs?: number
  /** It was closed then: read-only, or no process listened there. The last look of an unbroken row of such looks. */
  readonly closedAtMs?: number
  /** What the last look found, where it was not seen to take writes. */
  readonly lost?: 'closed' | 'silent'
  /** Every commit that it acknowledged then was here. */
  readonly inSync: boolean
  /** This replica was fetching from it. */
  readonly receiving: boolean
  readonly lagMs: number
  /** What it had, as GTIDs. */
  readonly has: string
}

/** What an operator has taken upon himself. */
export interface Acceptance {
  readonly reason: string
  /** ISO 8601. */
  readonly at: string
}

/** Survives a restart of the machine. */
export interface Memory {
  /** primary: it was made primary here, and has not been seen under another one since. */
  readonly role: 'primary' | 'replica' | 'rebuilding' | 'unknown'
  /** The role was taken in spite of this refusal, and why an operator wanted it so. */
  readonly forced?: Acceptance & { readonly refusal: string }
  /** Transactions that no other database has, and the file where they lie. */
  readonly errant?: { readonly gtids: string; readonly file: string }
  /** It has replicated nothing yet, and the primary has databases that are not here: no log brings them. */
  readonly lacks?: { readonly source: string; readonly databases: string }
}

const nothing: Memory = { role: 'unknown' }

/** Writing throws where the disk refuses it: a role that cannot be remembered is not taken. */
export interface Memories {
  memory(): Memory
  remember(change: Partial<Memory>): Promise<void>
  /** Without these. */
  forget(...keys: readonly ('forced' | 'errant' | 'lacks')[]): Promise<void>
  /** For the next promotion, if that comes soon. */
  accept(acceptance: Acceptance): Promise<void>
  accepted(): Acceptance | undefined
  /** It has been made use of. */
  spend(): Promise<void>
  sighting(): Sighting | undefined
  see(sighting: Sighting): Promise<void>
}

type Books = Pick<Host, 'lasting' | 'sinceBoot' | 'clock'>

/** Whoever accepts a loss has seen how things stand now, not how they will stand tomorrow. */
const acceptedForMs = 600_000

/** @param name of the resource, for files. */
export function memoriesOf({ lasting, sinceBoot, clock }: Books, name: string): Memories {
  const file = `mysqlrole-${name}.json`
  const acceptance = `mysqlrole-${name}.accepted.json`
  const memory = (): Memory => read<Memory>(lasting, file) ?? nothing
  const write = async (next: object): Promise<void> => {
    const text = `${JSON.stringify(next, null, 2)}\n`
    if (text !== lasting.read(file)) await lasting.write(file, text)
  }
  return {
    memory,
    remember: change => write({ ...memory(), ...change }),
    forget: (...keys) =>
      write(Object.fromEntries(Object.entries(memory()).filter(([key]) => !keys.some(one => one === key)))),
    accept: ({ reason, at }) => sinceBoot.write(acceptance, `${JSON.stringify({ reason, at, atMs: clock.nowMs() })}\n`),
    accepted() {
      const found = read<(Acceptance & { readonly atMs: number }) | null>(sinceBoot, acceptance)
      if (!found || clock.nowMs() - found.atMs > acceptedForMs) return undefined
      return { reason: found.reason, at: found.at }
    },
    spend: () => sinceBoot.write(acceptance, 'null\n'),
    sighting: () => read<Sighting>(sinceBoot, file),
    see: sighting => sinceBoot.write(file, `${JSON.stringify(sighting)}\n`),
  }
}

/** A file that was half written is as none: whoever knows nothing is careful. */
function read<T>(notebook: Notebook, file: string): T | undefined {
  try {
    return JSON.parse(notebook.read(file) ?? '') as T
  } catch {
    return undefined
  }
}
