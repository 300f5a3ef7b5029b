/** What changed of that which is suspended, as notes: ordered here or learned, over by an order or by itself. */
import type { Effect } from '../events.ts'
import type { Note } from '../note.ts'
import { sameEpoch } from '../resources/epoch.ts'
import type { Cluster } from './state.ts'
import { unconfirmed } from './truce.ts'

const none: readonly Effect[] = []

/** @param c with its standing judged anew. */
export function truceNotes(was: Cluster, c: Cluster): readonly Effect[] {
  const { truce } = c
  if (truce === undefined) return none
  const ordered = was.truce === undefined || !sameEpoch(was.truce.epoch, truce.epoch)
  const notes = [...disarmNotes(was, c, ordered), ...maintenanceNotes(was, c, ordered)]
  const suspended = c.standing.disarmed || c.standing.maintained.size > 0
  if (suspended && unconfirmed(c).length === 0 && (ordered || unconfirmed(was).length > 0))
    notes.push({ code: 'truce-confirmed' })
  return notes.length === 0 ? none : notes.map(note => ({ type: 'note', note }))
}

function disarmNotes(was: Cluster, c: Cluster, ordered: boolean): Note[] {
  const { epoch, disarmedEndMs, disarmedWhy: reason } = c.truce!
  if (!c.standing.disarmed)
    return was.standing.disarmed ? [{ code: 'armed', ...(ordered ? { by: epoch.minter } : {}) }] : []
  if (was.standing.disarmed && !(ordered && isOther(c, was.truce?.disarmedEndMs, disarmedEndMs))) return []
  const forMs = disarmedEndMs - c.members.turnAtMs
  return [{ code: 'disarmed', by: epoch.minter, forMs, ...(reason === undefined ? {} : { reason }) }]
}

function maintenanceNotes(was: Cluster, c: Cluster, ordered: boolean): Note[] {
  const { epoch, maintainedEndMs, maintainedWhy: reason } = c.truce!
  const [before, now] = [was.standing.maintained, c.standing.maintained]
  const notes: Note[] = []
  const over = [...before].filter(group => !now.has(group))
  if (over.length > 0) notes.push({ code: 'maintenance-over', groups: over, ...(ordered ? { by: epoch.minter } : {}) })
  const another = ordered && isOther(c, was.truce?.maintainedEndMs, maintainedEndMs)
  if (now.size > 0 && (another || [...now].some(group => !before.has(group)))) {
    const forMs = maintainedEndMs - c.members.turnAtMs
    const why = reason === undefined ? {} : { reason }
    notes.push({ code: 'maintenance', by: epoch.minter, groups: [...now], forMs, ...why })
  }
  return notes
}

/** An end that was counted anew, from another heartbeat, is the same one. */
const isOther = ({ config }: Cluster, wasMs = 0, nowMs: number): boolean =>
  Math.abs(wasMs - nowMs) > config.timing.deadtimeMs
