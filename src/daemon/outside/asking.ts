/** The core's question whether a silent node is alive, asked with what is known of that node and of the groups. */
import { monotonicClock } from '../../agents/clock.ts'
import type { Settings } from '../../config/settings.ts'
import type { AskOutcome } from '../../events.ts'
import type { GroupName, NodeId } from '../../types.ts'
import { type AskTools, askNow } from './ask.ts'
import type { Finding } from './finding.ts'
import { realKnock } from './knock.ts'
import { lookNearby, runningNow } from './nearby.ts'
import { nodeAddresses } from './nodeAddresses.ts'
import { realProbe } from './probe.ts'
import { decisive, type Nearby, type Question, questionsFor } from './questions.ts'
import { serviceAddresses } from './serviceAddresses.ts'

/** The questions sent at this monotonic instant have ended. */
export interface AskedEvent {
  readonly type: 'asked'
  readonly node: NodeId
  readonly atMs: number
  /** unable: it could not be asked whether somebody is there; that is no silence. */
  readonly outcome: AskOutcome
  /** One short sentence: who answered what, what was asked in vain, or why nothing could be asked. */
  readonly by: string
}

export interface AskingOptions {
  readonly settings: Pick<Settings, 'self' | 'nodes' | 'links' | 'groups' | 'timing'>
  readonly post: (event: AskedEvent) => void
  readonly tools?: AskTools
}

export interface Asking {
  /** Ends within the shorter of keepalive and a second; nothing happens while one about this node is under way. */
  ask(node: NodeId, groups: readonly GroupName[]): void
  /** What could not be asked if a peer were silent now, in words. */
  troubles(): readonly string[]
  close(): void
}

const longestMs = 1_000
/** Less than this cannot be asked and answered. */
const shortestMs = 20

export function openAsking({ settings, post, tools = realTools }: AskingOptions): Asking {
  const { clock, startProbe, running } = tools
  const limitMs = Math.min(settings.timing.keepaliveMs, longestMs)
  const peers = settings.nodes.filter(node => node !== settings.self)
  const names = nodeAddresses(peers, clock, startProbe)
  const addresses = new Map(settings.groups.map(group => [group.name, serviceAddresses(group)]))
  const underWay = new Map<NodeId, () => void>()
  let closed = false

  /** Lines of ucast do not say whose address it is: with one peer there is no other. */
  function addressesOf(node: NodeId): readonly string[] {
    const written = settings.links.flatMap(link => (link.kind === 'ucast' ? link.peer : []))
    return [...new Set([...names.of(node), ...(peers.length === 1 ? written : [])])]
  }

  function ask(node: NodeId, groups: readonly GroupName[]): void {
    if (closed || underWay.has(node)) return
    const atMs = clock.nowMs()
    const services = inTurn(groups.map(name => addresses.get(name) ?? []))
    const questions = (nearby: readonly Nearby[]): readonly Question[] =>
      questionsFor(services, addressesOf(node), nearby)

    function end(finding: Finding): void {
      underWay.get(node)?.()
      underWay.delete(node)
      const by = finding.is === 'unable' ? finding.why : finding.by
      post({ type: 'asked', node, atMs, outcome: finding.is, by })
    }

    function begin(asked: readonly Question[]): void {
      const leftMs = atMs + limitMs - clock.nowMs()
      if (leftMs < shortestMs) return end({ is: 'unable', why: 'there was no time left to ask' })
      underWay.set(node, () => {})
      const callOff = askNow(asked, leftMs, tools, end)
      if (underWay.has(node)) underWay.set(node, callOff)
    }

    const first = questions(running())
    if (decisive(first).every(isPlain)) return begin(first)
    const cancelTimer = clock.after(limitMs, () => end({ is: 'unable', why: 'ip addr show did not end in time' }))
    const stopLooking = lookNearby(startProbe, nearby => {
      cancelTimer()
      begin(questions(nearby))
    })
    underWay.set(node, () => {
      cancelTimer()
      stopLooking()
    })
  }

  /** Its addresses may be free and its disk in use all the same: only an answer of the host itself, or none, tells. */
  const more = settings.groups.filter(({ resources }) => resources.some(({ address }) => !address))
  const troubles = (): readonly string[] =>
    names
      .unknown()
      .filter(node => more.length > 0 && addressesOf(node).length === 0)
      .map(node => unknownText(node, more[0]!.name))

  return {
    ask,
    troubles,
    close() {
      names.close()
      closed = true
      for (const callOff of underWay.values()) callOff()
      underWay.clear()
    },
  }
}

const unknownText = (node: NodeId, group: GroupName): string =>
  `the address of ${node} is not known here, so a silent ${node} cannot be asked whether it lives, and ${group} would not be taken over from it: write ${node} and its address into /etc/hosts`

/** Only the program tells of interfaces without an address or without carrier. */
const isPlain = (question: Question): boolean => 'device' in question && question.device !== undefined

const realTools: AskTools = {
  clock: monotonicClock,
  startProbe: realProbe,
  knock: realKnock,
  running: runningNow,
}

/** The first of each, then the second of each: not all of them will be asked. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap(list => list.slice(at, at + 1))).flat()
}
