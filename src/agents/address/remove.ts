import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { doAndLook } from './batch.ts'
import { acknowledged, type Ledger, promote, reasonIn } from './ledger.ts'
import { deleteLine } from './lines.ts'
import { find } from './place.ts'
import type { Wanted } from './wanted.ts'

/** Events of our own removals come within this time. */
const ownEventMs = 2_000

/** Done when `ip` no longer lists them. From its beginning nothing renews or restores them any more. */
export async function removeNow(ledger: Ledger, wanted: readonly Wanted[]): Promise<Outcome> {
  const places = wanted.map(one => {
    const device = one.device ?? ledger.held.get(one.address)?.placed.device
    return device === undefined ? one : { ...one, device }
  })
  for (const { address } of wanted) ledger.held.delete(address)
  ledger.announcing.forget(wanted.map(({ address }) => address))
  const before = await acknowledged(ledger, () => doAndLook(ledger.ip, ''))
  if ('noAnswer' in before) return failed(before.noAnswer)
  const present = places.flatMap(one => find(one, ledger.learn(before.interfaces)))
  if (present.length === 0) return done
  for (const one of present) {
    promote(ledger, one)
    ledger.ownRemovals.set(one.address, ledger.clock.nowMs() + ownEventMs)
  }
  const after = await acknowledged(ledger, () => doAndLook(ledger.ip, present.map(deleteLine).join('')))
  if ('noAnswer' in after) return failed(after.noAnswer)
  const left = places.flatMap(one => find(one, ledger.learn(after.interfaces)))
  if (left.length === 0) return done
  const names = left.map(({ address }) => address).join(', ')
  return failed(`${names} could not be removed: ${await reasonIn(ledger, after.complaints)}`)
}
