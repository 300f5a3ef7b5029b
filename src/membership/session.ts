/**
 * Whose datagrams count. A peer is proven only when it echoes my current boot, which is random and fresh: no recording
 * can hold it. Until then a datagram changes nothing but which start of the peer I echo back.
 *
 *     proven session      datagram of the peer                      verdict
 *     none                echoes my boot                            open
 *     none                does not                                  hello
 *     same boot           echoes my boot, newer seq                 news
 *     same boot           echoes my boot, seq had already           copy
 *     same boot           does not echo it                          hello
 *     other boot          higher gen, echoes my boot                open: replaces the older session
 *     other boot          higher gen, does not                      hello
 *     other boot          same gen                                  refused, 'same-name': two machines, one name
 *     any                 lower gen                                 refused, 'gen'
 *
 * Refused ones are answered too, so that the peer learns which generation it would have to exceed. That the older of two
 * machines with one name keeps its session is on purpose: a clone started by mistake must not end the service.
 */
import { bootTag, type Datagram, type Echo } from './datagram.ts'

/** A proven start of a peer. */
export interface Session {
  readonly boot: string
  readonly gen: number
  /** The newest seq received, when it came, and whether it was passed on as a sign of life. */
  readonly newest: number
  readonly newestAtMs: number
  readonly counted: boolean
}

/** A start of a peer that has not proven itself: echoed back, and nothing else. */
export interface Candidate {
  readonly boot: string
  readonly gen: number
  readonly seq: number
  readonly atMs: number
}

export type Verdict =
  | { readonly type: 'open' | 'news' | 'copy'; readonly echo: Echo }
  | { readonly type: 'hello' }
  /** With an echo of my boot it was made in my time: perhaps by a machine that runs now. */
  | { readonly type: 'refused'; readonly reason: 'gen' | 'same-name'; readonly echo: Echo | undefined }

const hello: Verdict = { type: 'hello' }

/** `boot` is mine. */
export function judge(boot: string, session: Session | undefined, datagram: Datagram): Verdict {
  const tag = bootTag(boot)
  const echo = datagram.echoes.find(candidate => candidate.boot === tag)
  const sameBoot = session?.boot === datagram.boot
  if (session !== undefined && (datagram.gen < session.gen || (datagram.gen === session.gen && !sameBoot))) {
    const reason = datagram.gen === session.gen ? 'same-name' : 'gen'
    return { type: 'refused', reason, echo }
  }
  if (echo === undefined) return hello
  if (session === undefined || !sameBoot) return { type: 'open', echo }
  return { type: datagram.seq > session.newest ? 'news' : 'copy', echo }
}

/** A recording is of an older generation than the real start: it cannot push that one out. */
export function candidateAfter(now: Candidate | undefined, datagram: Datagram, nowMs: number): Candidate {
  const { boot, gen, seq } = datagram
  return now !== undefined && gen < now.gen ? now : { boot, gen, seq, atMs: nowMs }
}

/** At most this many answers a second go to one peer, however many hellos come in its name. */
export const mostAnswers = 10

export interface Answers {
  readonly sinceMs: number
  readonly count: number
}

/** The budget after one more answer; undefined when it is used up. */
export function answer(spent: Answers, nowMs: number): Answers | undefined {
  if (nowMs - spent.sinceMs >= 1000) return { sinceMs: nowMs, count: 1 }
  return spent.count < mostAnswers ? { sinceMs: spent.sinceMs, count: spent.count + 1 } : undefined
}
