import type { Outcome } from '../../types.ts'
import { done } from '../agent.ts'
import { addNow } from './add.ts'
import type { Ledger } from './ledger.ts'
import type { Wanted } from './wanted.ts'

interface Request {
  readonly wanted: readonly Wanted[]
  readonly holdUntilMs: number | undefined
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Adds that wait for their turn are done in one batch. A node that takes a hundred groups asks for them one by one: each
 * alone would cost two questions, and the last address would wait for every script that was started meanwhile.
 */
export function addTogether(
  ledger: Ledger,
  inTurn: (work: () => Promise<void>) => Promise<void>,
): (wanted: readonly Wanted[], holdUntilMs: number | undefined) => Promise<Outcome> {
  let waiting: Request[] = []
  const work = async (): Promise<void> => {
    const requests = waiting
    waiting = []
    try {
      await addAll(ledger, requests)
    } catch (error) {
      for (const { reject } of requests) reject(error)
    }
  }
  return (wanted, holdUntilMs) =>
    new Promise((resolve, reject) => {
      waiting.push({ wanted, holdUntilMs, resolve, reject })
      if (waiting.length === 1) void inTurn(work)
    })
}

async function addAll(ledger: Ledger, requests: readonly Request[]): Promise<void> {
  const known = ledger.mayRestore
  const addresses = new Set(requests.flatMap(({ wanted }) => wanted.map(({ address }) => address)))
  ledger.mayRestore = address => addresses.has(address) || known(address)
  for (const { holdUntilMs } of requests) if (holdUntilMs !== undefined) ledger.allow(holdUntilMs)
  const isLeased = ({ holdUntilMs }: Request): boolean => ledger.leaseSeconds > 0 && holdUntilMs !== undefined
  for (const leased of [true, false]) {
    const same = requests.filter(one => isLeased(one) === leased)
    const all = same.flatMap(({ wanted }) => wanted)
    const together = same.length > 1 && (await addNow(ledger, all, leased)).ok
    // What failed for one is nothing to the others: once more, each alone, for its own answer.
    for (const { wanted, resolve } of same) resolve(together ? done : await addNow(ledger, wanted, leased))
  }
}
