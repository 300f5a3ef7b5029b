import { addNow } from './add.ts'
import { doAndLook, doAndLookAt } from './batch.ts'
import { type Held, type Ledger, whereItIs } from './ledger.ts'
import { replaceLine } from './lines.ts'

/** Renews the lease of all that is held, as far as that is allowed now. */
export async function renewNow(ledger: Ledger): Promise<void> {
  const { clock, held, ip, leaseSeconds } = ledger
  if (held.size === 0 || leaseSeconds === 0) return
  const nowMs = clock.nowMs()
  const perhapsGone = [...held.values()].some(one => one.gone || (one.validUntilMs ?? nowMs) < nowMs)
  // Renewing would silently re-create what has expired.
  if (ledger.doubtful || perhapsGone) await checkNow(ledger, held.keys())
  const secondsOf = ({ placed }: Held): number => ledger.grant(placed.address) ?? 0
  const here = [...held.values()].filter(one => !one.gone && secondsOf(one) >= 1)
  if (here.length === 0) return
  const lines = here.map(one => replaceLine(one.placed, secondsOf(one))).join('')
  const devices = here.map(({ placed }) => placed.device)
  const answer = await doAndLookAt(ip, lines, devices)
  if ('noAnswer' in answer) {
    ledger.doubtful = true
    return ledger.note(`leases not renewed: ${answer.noAnswer}`)
  }
  ledger.learn(answer.interfaces)
  const missing = here.filter(one => {
    const shown = whereItIs(one, answer.interfaces)
    if (shown) ledger.keep(one.wanted, one.placed, shown)
    return !shown
  })
  await checkNow(
    ledger,
    missing.map(({ placed }) => placed.address),
  )
}

/** Looks whether these are here; what is not comes back as far as it may be held. */
export async function checkNow(ledger: Ledger, addresses: Iterable<string>): Promise<void> {
  const suspected = [...addresses].flatMap(address => ledger.held.get(address) ?? [])
  if (suspected.length === 0) return
  const looked = await doAndLook(ledger.ip, '')
  if ('noAnswer' in looked) {
    ledger.doubtful = true
    return ledger.note(`cannot see whether the addresses are here: ${looked.noAnswer}`)
  }
  ledger.doubtful = false
  ledger.learn(looked.interfaces)
  const gone = suspected.filter(one => {
    const shown = whereItIs(one, looked.interfaces)
    if (shown) ledger.keep(one.wanted, one.placed, shown)
    else tellGone(ledger, one)
    return !shown
  })
  const isLeased = ({ validUntilMs }: Held): boolean =>
    ledger.leaseSeconds > 0 && (validUntilMs !== undefined || ledger.grant() !== undefined)
  await restore(ledger, gone.filter(isLeased), true)
  await restore(
    ledger,
    gone.filter(one => !isLeased(one)),
    false,
  )
}

/** How long an answer of `ip` may have been under way. */
const answerMs = 250

function tellGone({ held, clock, report }: Ledger, one: Held): void {
  const { address, device } = one.placed
  held.set(address, { ...one, gone: true })
  if (one.gone) return
  // The kernel began to count when it was asked, we when it answered.
  const expired = one.validUntilMs !== undefined && clock.nowMs() >= one.validUntilMs - answerMs
  const text = expired ? `the lease of ${address} ended` : `${address} was removed from ${device} by somebody else`
  report({ type: expired ? 'expired' : 'taken-away', address, device, text })
}

async function restore(ledger: Ledger, lost: readonly Held[], leased: boolean): Promise<void> {
  const gone = lost.filter(({ placed }) => ledger.mayRestore(placed.address))
  if (gone.length === 0 || (leased && (ledger.grant() ?? 0) < 1)) return
  const outcome = await addNow(
    ledger,
    gone.map(({ wanted }) => wanted),
    leased,
  )
  for (const { placed } of gone) {
    const { address, device } = placed
    if (!ledger.held.get(address)?.gone) {
      ledger.report({ type: 'restored', address, device, text: `${address} is back on ${device}` })
    } else if (!outcome.ok) {
      ledger.report({ type: 'lost', address, device, text: outcome.why })
    }
  }
}
