import type { Outcome } from '../../types.ts'
import { done, failed, isProblem } from '../agent.ts'
import { doAndLook, type Look, survey } from './batch.ts'
import { acknowledged, type Ledger, promote, reasonIn } from './ledger.ts'
import { type Placed, replaceLine } from './lines.ts'
import { find, place } from './place.ts'
import type { Wanted } from './wanted.ts'

/** Of so many the first is told while the last is still being added; of fewer it would not be noticed. */
const many = 50

/** Adds all in one batch, announces those that were not here, and holds those that `ip` then shows. */
export async function addNow(ledger: Ledger, wanted: readonly Wanted[], leased: boolean): Promise<Outcome> {
  const before = await acknowledged(ledger, () => survey(ledger.ip, wanted))
  if ('noAnswer' in before) return failed(before.noAnswer)
  ledger.learn(before.interfaces)
  const placed = placeAll(ledger, wanted, before)
  if (isProblem(placed)) return failed(placed.problem)
  for (const one of placed) promote(ledger, one)
  const isNew = (one: Wanted): boolean => find(one, before.interfaces).length === 0
  const coming = placed.filter((_, i) => isNew(wanted[i]!))
  if (coming.length >= many) for (const one of coming) ledger.arriving.set(one.address, one)
  const after = await acknowledged(ledger, () => write(ledger, placed, leased))
  ledger.arriving.clear()
  if ('noAnswer' in after) return failed(after.noAnswer)
  if ('tooLate' in after) return failed('may be held for less than a second from now, not added')
  ledger.learn(after.interfaces)
  const added = wanted.filter((one, i) => {
    const shown = find(placed[i]!, after.interfaces)[0]
    if (shown) ledger.keep(one, placed[i]!, shown)
    return shown !== undefined
  })
  ledger.announcing.announce(added.filter(isNew).map(({ address }) => address))
  ledger.announcing.keep(added.map(({ address }) => address))
  if (added.length === wanted.length) return done
  const names = wanted.filter(one => !added.includes(one)).map(({ address }) => address)
  return failed(`${names.join(', ')} could not be added: ${await reasonIn(ledger, after.complaints)}`)
}

function placeAll(
  { held }: Ledger,
  wanted: readonly Wanted[],
  { interfaces, routesTo }: Exclude<Awaited<ReturnType<typeof survey>>, { noAnswer: string }>,
): readonly Placed[] | { readonly problem: string } {
  const names = new Set(wanted.map(({ address }) => address))
  const isService = (address: string): boolean => names.has(address) || held.has(address)
  const placed: Placed[] = []
  for (const one of wanted) {
    const found = place(one, { interfaces, routes: routesTo.get(one.address) ?? [], isService })
    if (isProblem(found)) return found
    placed.push(found)
  }
  return placed
}

/** The lease is reckoned at the moment of writing, also in the second try. */
async function write(
  ledger: Ledger,
  placed: readonly Placed[],
  leased: boolean,
): Promise<Look | { readonly noAnswer: string } | { readonly tooLate: true }> {
  const seconds = leased ? (ledger.grant() ?? 0) : undefined
  if (seconds !== undefined && seconds < 1) return { tooLate: true }
  return doAndLook(ledger.ip, placed.map(one => replaceLine(one, seconds)).join(''))
}
