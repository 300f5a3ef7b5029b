/**
 * Who hears whom, as `status` tells it: a row for each node that listens, from the last word of that node, and the cuts
 * that follow. Pure.
 *
 * A node that is silent may be dead. It is behind a cut only if somebody hears it while another has not for deadtime: the
 * first lately as of now, the other by what it said itself, so that no death looks like a cut for a moment.
 */
import { longestAgeMs } from '../membership/datagram.ts'
import type { Hearing } from '../membership/hearing.ts'
import type { NodeId, Timing } from '../types.ts'
import { cutsOf } from './cuts.ts'
import type { HearingStatus, HearState } from './protocol.ts'
import type { Ears } from './silence.ts'

export interface Listening {
  readonly self: NodeId
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  /** How long this manager has listened. */
  readonly forMs: number
  readonly hearing: Hearing
  readonly ears: Pick<Ears, 'device' | 'port'>
}

/** One listener: what it says of each other node. */
interface Row {
  readonly listener: NodeId
  readonly toldMs: number
  readonly forMs: number
  readonly ages: ReadonlyMap<NodeId, number>
}

type Rows = ReadonlyMap<NodeId, Row>

export function hearingOf(about: Listening): HearingStatus {
  const rows = rowsOf(about)
  const nodes = [...about.nodes].sort()
  const state = (listener: NodeId, node: NodeId): HearState => stateOf(about, rows, listener, node)
  return {
    rows: nodes.map(listener => {
      const row = rows.get(listener)
      if (row === undefined) return { listener, known: false, hears: [] }
      const hears = nodes.flatMap(node => {
        if (node === listener) return []
        const ageMs = row.ages.get(node)
        return { node, state: state(listener, node), ...(ageMs === undefined ? {} : { lastS: round(ageMs / 1000) }) }
      })
      return { listener, known: true, hears }
    }),
    cuts: cutsOf([...rows.keys()].sort(), nodes, state, about.ears),
  }
}

/** Rows of this node and of those that it hears: of the others nobody can tell here whom they hear now. */
function rowsOf({ self, timing, forMs, hearing }: Listening): Rows {
  const { words, awakeMs } = hearing
  const ages = new Map(words.map(({ node, ageMs }) => [node, ageMs]))
  const own: Row = { listener: self, toldMs: 0, forMs: Math.min(forMs, awakeMs ?? Infinity), ages }
  const rows = new Map<NodeId, Row>([[self, own]])
  for (const { node, ageMs, forMs, hears } of words) {
    if (hears === undefined || ageMs >= freshMs(timing)) continue
    rows.set(node, { listener: node, toldMs: ageMs, forMs, ages: new Map(hears.map(one => [one.node, one.ageMs])) })
  }
  return rows
}

function stateOf({ timing }: Listening, rows: Rows, listener: NodeId, node: NodeId): HearState {
  const hears = (row: Row): boolean => (row.ages.get(node) ?? Infinity) + row.toldMs < freshMs(timing)
  const row = rows.get(listener)!
  if (hears(row)) return 'hears'
  // Ages on the wire end at 65 s: with a longer deadtime that long is deaf too, unless heartbeats are as rare.
  const deafMs = Math.min(timing.deadtimeMs, Math.max(longestAgeMs, 2 * timing.keepaliveMs))
  const met = row.forMs >= deafMs && (rows.get(node)?.forMs ?? Infinity) >= deafMs
  if ((row.ages.get(node) ?? Infinity) < deafMs || !met) return row.ages.has(node) ? 'late' : 'silent'
  const lives = rows.has(node) || [...rows.values()].some(hears)
  return lives ? 'deaf' : 'silent'
}

/** Heard by somebody within warntime; and where that is near to deadtime, not so long ago that it is dead for another. */
const freshMs = ({ keepaliveMs, warntimeMs, deadtimeMs }: Timing): number =>
  Math.min(warntimeMs, Math.max(2 * keepaliveMs, deadtimeMs - 2 * keepaliveMs))

const round = (value: number): number => Math.round(value * 10) / 10
