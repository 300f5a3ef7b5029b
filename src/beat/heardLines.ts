/**
 * Lines about what was heard. Sixteen nodes with a hundred groups say 15 kB each, over and over the same: a report goes to the
 * manager once, and then it is said what of it has not changed.
 */
import type { BeatLine } from '../membership/beat-state.ts'
import type { Heard } from '../membership/membership.ts'
import { sameReport } from '../membership/sameReport.ts'
import type { NodeId, Report } from '../types.ts'
import { type FromBeat, fromWire, toWire, type WireHeard } from './lines.ts'

/** A line of the pure part as the manager reads it. One for each connection: a new manager knows no report. */
export function newLines(): (line: BeatLine) => FromBeat {
  const told = new Map<NodeId, Report>()
  return line => {
    if (line.type !== 'heard') return line
    const { report, echoedSentAtMs, ...rest } = line.heard
    const echoed = echoedSentAtMs === undefined ? {} : { echoedSentAtMs }
    if (report === undefined) return { type: 'heard', heard: { ...rest, ...echoed } }
    const before = told.get(rest.from)
    told.set(rest.from, report)
    const said =
      before !== undefined && sameReport(before, report)
        ? { sameReport: true as const }
        : { report: toWire(report, before) }
    return { type: 'heard', heard: { ...rest, ...echoed, ...said } }
  }
}

/** The other way: a received line as the event of the core; a report that has not changed is the same object. */
export function newHeard(): (line: WireHeard) => Heard {
  const known = new Map<NodeId, Report>()
  return ({ report, sameReport: isSame, echoedSentAtMs, ...rest }) => {
    const said = isSame ? known.get(rest.from) : report && fromWire(report, known.get(rest.from))
    if (said !== undefined) known.set(rest.from, said)
    return { ...rest, echoedSentAtMs, report: said }
  }
}
