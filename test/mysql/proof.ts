/** `npm run test:mysql`: a pair of real MariaDB servers on loopback addresses, N times each thing that may happen to it. */
import { parseArgs } from 'node:util'
import { type Compared, compare, isSafe, sayEnded } from './compare.ts'
import { type Crashes, crashes } from './crashes.ts'
import { type Demotes, demotes } from './demotes.ts'
import { fourNodes } from './fourNodes.ts'
import { type Hang, hang } from './hang.ts'
import { type Nodes, nodes } from './nodes.ts'
import { agentsVersion, missingAgent } from './ocfAgents.ts'
import { type Refusal, type Returned, refusals, returns } from './refusals.ts'
import { missing } from './server.ts'
import { type Standstill, standstill } from './standstill.ts'
import { type Switchovers, switchovers } from './switchovers.ts'

const parts = [
  'crashes',
  'switchovers',
  'refusals',
  'returns',
  'demotes',
  'hang',
  'nodes',
  'standstill',
  'four-nodes',
  'compare',
] as const
/** Those that a run without --only has: the others want root and namespaces, or an agent of somebody else. */
const usual = ['crashes', 'switchovers', 'refusals', 'returns', 'demotes', 'hang']
type Part = (typeof parts)[number]
const stars = '*'.repeat(78)

const usage = `npm run test:mysql -- [--times N] [--only PART,...]

  --times N   how often each thing is done (100)
  --only      ${parts.join(', ')}; left out: all but the last four. nodes, standstill, four-nodes: the
              recipes mysql-pair and four-nodes of etc-examples, daemons and all, in namespaces, as root. compare: ClusterLabs' agent in the same states`

/** 0 all well or skipped, 1 not, 2 called wrongly. */
export async function proof(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { times: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } },
  })
  const times = Number(values.times ?? 100)
  const wanted = (values.only ?? usual.join(',')).split(',')
  if (values.help || !(times >= 1) || wanted.some(part => !parts.includes(part as Part))) {
    console.error(usage)
    return 2
  }
  if (missing !== undefined) {
    console.log(`${stars}\n  NOT TESTED: the database role: ${missing}\n${stars}`)
    return 0
  }
  const results: { part: string; passed: number; failed: number }[] = []
  for (const part of parts.filter(one => wanted.includes(one))) {
    const beganMs = Date.now()
    const judged = await play(part, times, line => console.log(`  ${line}`))
    for (const { name, passed, failed, told } of judged) {
      results.push({ part: name, passed, failed })
      console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name}: ${told}`)
    }
    console.log(`       (${((Date.now() - beganMs) / 1_000).toFixed(1)} s)`)
  }
  const sum = (key: 'passed' | 'failed'): number => results.reduce((total, result) => total + result[key], 0)
  console.log(JSON.stringify({ times, passed: sum('passed'), failed: sum('failed'), results }))
  return sum('failed') === 0 ? 0 : 1
}

interface Judged {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly told: string
}

async function play(part: Part, times: number, say: (line: string) => void): Promise<Judged[]> {
  switch (part) {
    case 'crashes':
      return [ofCrashes(await crashes(times, say))]
    case 'switchovers':
      return [ofSwitchovers(await switchovers(times, say))]
    case 'refusals':
      return (await refusals(times, say)).map(ofRefusal)
    case 'returns':
      return [ofReturns(await returns(times, say))]
    case 'demotes':
      return [ofDemotes(await demotes(times, say))]
    case 'standstill':
      return [ofStandstill(await standstill(say))]
    case 'hang':
      return [ofHang(await hang())]
    case 'nodes':
      return [ofNodes(await nodes(times, say))]
    case 'four-nodes': {
      const { waiting, appMovedMs } = await fourNodes(say)
      return [{ name: 'four nodes', passed: 1, failed: 0, told: `"${waiting}"; moved after ${appMovedMs} ms` }]
    }
    case 'compare':
      return missingAgent === undefined ? (await compare(times, say)).map(ofCompared) : skipped(missingAgent)
  }
}

function skipped(why: string): Judged[] {
  console.log(`${stars}\n  NOT TESTED: ${why}\n${stars}`)
  return []
}

function ofNodes(result: Nodes): Judged {
  const told = `${result.rows} rows, ${result.lost} lost; writing again after a loss of power: ${result.outageMs.join(', ')} ms; status before: "${result.ifDies}"`
  return { name: 'whole nodes', passed: result.lossesOfPower, failed: result.lost, told }
}

/** Ours has all rows or says why it takes the role not; what theirs has is only told. */
function ofCompared({ what, ended }: Compared): Judged {
  const ours = ended['mysqlrole'] ?? []
  const good = ours.filter(isSafe).length
  const told = Object.entries(ended).map(([label, all]) => `${label} ${sayEnded(all)}`)
  const name = `replica that ${what} (resource-agents ${agentsVersion()})`
  return { name, passed: good, failed: ours.length - good, told: told.join('; ') }
}

function ofCrashes(result: Crashes): Judged {
  const bad = result.lost + result.duplicates + (result.onBoth ? 0 : 1)
  const { behind, restarted, plain } = result.byKind
  const kinds = `${plain} plain, ${behind} with unapplied relay log, ${restarted} of those with the replica restarted too`
  const told = `${result.acknowledged} rows acknowledged, ${result.lost} lost, ${result.duplicates} doubled; ${kinds}; ${result.unapplied} acknowledged rows were in relay logs only; ${result.errant} old primaries came back errant; take-over median ${result.takeoverMs.median} ms, worst ${result.takeoverMs.worst} ms`
  return { name: `${result.crashes} crashes`, passed: result.crashes, failed: bad, told }
}

function ofSwitchovers(result: Switchovers): Judged {
  const bad = result.lost + result.duplicates + (result.switchovers - result.equal) + (result.onBoth ? 0 : 1)
  const told = `${result.acknowledged} rows acknowledged, ${result.lost} lost, ${result.duplicates} doubled; positions equal ${result.equal} of ${result.switchovers}; no writes for median ${result.outageMs.median} ms, worst ${result.outageMs.worst} ms`
  return { name: `${result.switchovers} switchovers`, passed: result.switchovers, failed: bad, told }
}

const ofRefusal = ({ kind, tried, refused }: Refusal): Judged => ({
  name: kind,
  passed: refused,
  failed: tried - refused,
  told: `refused ${refused} of ${tried}`,
})

const ofReturns = ({ tried, keptOut, rebuilt }: Returned): Judged => ({
  name: 'old primary with extra transactions',
  passed: Math.min(keptOut, rebuilt),
  failed: tried - Math.min(keptOut, rebuilt),
  told: `kept out with its rows in a file ${keptOut} of ${tried}, rebuilt and equal ${rebuilt} of ${tried}`,
})

const ofDemotes = ({ tried, final, worstMs }: Demotes): Judged => ({
  name: 'stop against privileged clients',
  passed: final,
  failed: tried - final,
  told: `final ${final} of ${tried}, the slowest after ${worstMs} ms`,
})

/** A look begins each 2 s and takes 5 s; what a busy machine may take comes on top. */
function ofStandstill({ noticedMs, statusMs, silenceMs, sentence, group }: Standstill): Judged {
  const well = noticedMs < 9_000 && statusMs < 2_000 && silenceMs < 2_000 && /tandem clear/.test(group)
  const told = `noticed after ${noticedMs} ms ("${sentence}"); status answered within ${statusMs} ms, no heartbeat came later than ${silenceMs} ms; then ${group}`
  return { name: 'a primary that stands still, on whole nodes', passed: well ? 1 : 0, failed: well ? 0 : 1, told }
}

function ofHang(result: Hang): Judged {
  // The limit is one second; half a second more is what a busy machine may take.
  const well =
    result.status === 'unknown' &&
    result.noticedMs < 2_000 &&
    result.othersLookMs < 2_500 &&
    result.lateMs < 500 &&
    result.stop.includes('does not answer within 1 s')
  const told = `noticed after ${result.noticedMs} ms ("${result.why}"), the other node's look took ${result.othersLookMs} ms, nothing else was more than ${result.lateMs} ms late; stop: ${result.stop}`
  return { name: 'a database that stands still', passed: well ? 1 : 0, failed: well ? 0 : 1, told }
}
