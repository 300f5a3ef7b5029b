/** Asking on the service network whether a silent node is alive, or whether anybody holds the addresses of its groups. */
import type { Clock } from '../../agents/clock.ts'
import { answerIn, type Finding, findingIn } from './finding.ts'
import { type Knock, knockPort } from './knock.ts'
import { lookNearby } from './nearby.ts'
import type { StartProbe } from './probe.ts'
import { decisive, type Nearby, type Question } from './questions.ts'

export interface AskTools {
  readonly clock: Clock
  readonly startProbe: StartProbe
  readonly knock: Knock
  /** Without a program; an interface that has no address may be missing. */
  readonly running: () => readonly Nearby[]
}

/** What is left of the limit for the programs to say what they found, and for us to read it. */
const farewellMs = (limitMs: number): number => Math.min(100, 0.4 * limitMs)
/** An end may have been reported while we ourselves were late: look once more before giving up on it. */
const secondLookMs = 2

/**
 * Asks everything at once and calls back once, within the limit (and the lateness of this process): when an address of a
 * group answers at once, with anything else when all is asked. Silence needs every question about a group's address to have been
 * asked over an interface that had carrier to the end; where there is none, one question about the node.
 */
export function askNow(
  questions: readonly Question[],
  limitMs: number,
  { clock, startProbe, knock, running }: AskTools,
  then: (finding: Finding) => void,
): () => void {
  const counted = decisive(questions)
  const findings = new Map<Question, Finding>()
  const cleaners: (() => void)[] = []
  const interrupts: (() => void)[] = []
  const devices = [...new Set(counted.flatMap(one => ('device' in one ? (one.device ?? []) : [])))]
  /** The devices as they were at the end; undefined = nobody has looked yet. */
  let atEnd: readonly Nearby[] | undefined
  let over = false

  function finish(finding: Finding): void {
    if (over) return
    over = true
    for (const clean of cleaners) clean()
    then(finding)
  }

  /** An address of a group is a holder at once; a host that lives may have let go of them, so the others are waited for. */
  function found(question: Question, finding: Finding): void {
    if (over) return
    if (finding.is === 'answered' && question.of === 'service') return finish(finding)
    findings.set(question, finding)
    conclude()
  }

  /** Never before the end of the time: who asks again at once when we were unable to would never rest. */
  function conclude(): void {
    if (atEnd !== undefined && questions.every(one => one.how === 'connect' || findings.has(one))) finish(verdict())
  }

  const verdict = (): Finding => judge(questions, findings, devices, atEnd)

  function end(): void {
    for (const interrupt of interrupts) interrupt()
    const listed = running()
    if (devices.every(device => runs(device, listed))) atEnd = listed
    else cleaners.push(lookNearby(startProbe, lookedAtEnd))
  }

  function lookedAtEnd(nearby: readonly Nearby[]): void {
    if (over) return
    atEnd = nearby
    conclude()
  }

  function begin(question: Question): void {
    if (over) return
    switch (question.how) {
      case 'not':
        return found(question, { is: 'unable', why: question.why })
      case 'connect': {
        const by = (what: string): string => `${question.address} ${what} a connection to port ${knockPort}`
        cleaners.push(knock(question.address, what => found(question, { is: 'answered', by: by(what) })))
        return
      }
      default: {
        const [file, args] = commandFor(question, limitMs)
        const probe = startProbe(file, args, {
          printed(output) {
            const answer = answerIn(question, output)
            if (answer !== undefined) found(question, answer)
          },
          ended: (output, missing) => found(question, findingIn(question, output, missing)),
        })
        cleaners.push(() => probe.kill())
        interrupts.push(() => probe.interrupt())
      }
    }
  }

  const lastLook = (): void => void cleaners.push(clock.after(secondLookMs, () => finish(verdict())))
  cleaners.push(clock.after(limitMs - farewellMs(limitMs), end), clock.after(limitMs - secondLookMs, lastLook))
  for (const question of questions) begin(question)
  return () => {
    over = true
    for (const clean of cleaners) clean()
  }
}

/** Pings and ARP probes go on until they are interrupted; -w ends them should we be gone by then. */
function commandFor(
  question: Extract<Question, { readonly how: 'arp' | 'ping' }>,
  limitMs: number,
): readonly [string, readonly string[]] {
  const { address, device } = question
  if (question.how === 'arp') return ['arping', ['-D', '-c', '5', '-w', '2', '-I', question.device, address]]
  const seconds = Math.max(0.01, limitMs / 4_000).toFixed(3)
  const through = device === undefined ? [] : ['-I', device]
  return ['ping', ['-n', '-c', '5', '-w', '2', '-i', seconds, ...through, '--', address]]
}

/** When nothing answered. */
function judge(
  questions: readonly Question[],
  findings: ReadonlyMap<Question, Finding>,
  devices: readonly string[],
  atEnd: readonly Nearby[] | undefined,
): Finding {
  const counted = decisive(questions)
  const results = counted.map(one => findings.get(one) ?? unfinished(one))
  const answer = questions.map(one => findings.get(one)).find(one => one?.is === 'answered')
  const cut = devices.find(device => !runs(device, atEnd ?? []))
  if (answer?.is === 'answered') {
    const services = questions.filter(({ of, how }) => of === 'service' && how !== 'connect')
    const quiet = cut === undefined && services.every(one => findings.get(one)?.is === 'silent')
    return quiet ? { is: 'alive', by: answer.by } : answer
  }
  const failed = results.find(one => one.is === 'unable')
  if (counted.length === 0) return unable('nothing is known that could be asked')
  // A node may well have addresses that cannot be reached from here, such as one of IPv6.
  const needed = counted.some(({ of }) => of === 'service') ? results.length : 1
  if (failed !== undefined && results.filter(({ is }) => is === 'silent').length < needed) return failed
  if (cut !== undefined) return unable(`${cut} may have lost its carrier meanwhile`)
  // A host that has lost its daemons has let go of its addresses, and may still run the rest.
  const ofHost = questions.filter(({ of, how }) => of === 'node' && how !== 'connect')
  const hostAsked = ofHost.some(one => findings.get(one)?.is === 'silent')
  if (!hostAsked && counted.some(({ of }) => of === 'service')) {
    // A program that this machine did not run in time has not found anybody alive.
    const late = ofHost.find(one => !findings.has(one))
    if (late !== undefined) return unfinished(late)
    return { is: 'alive', by: 'no address of its groups answers, and its host cannot be asked: write it in /etc/hosts' }
  }
  const asked = questions.map(one => findings.get(one)).flatMap(found => (found?.is === 'silent' ? found.by : []))
  return { is: 'silent', by: `nothing answered: ${asked.join(', ')}` }
}

const unable = (why: string): Finding => ({ is: 'unable', why })

const unfinished = ({ address, how }: Question): Finding =>
  unable(`${how === 'arp' ? 'arping' : 'ping'} ${address} did not end in time`)

const runs = (device: string, running: readonly Nearby[]): boolean =>
  running.some(one => one.device === device && one.running)
