/** What a question found out, read from what ping and arping of iputils print. Their exit codes do not tell. Pure. */
import type { Question } from './questions.ts'

export type Finding =
  /** One short sentence: who answered what. */
  | { readonly is: 'answered'; readonly by: string }
  /** Of a whole round: no address of its groups answered, and its host did or could not be asked. */
  | { readonly is: 'alive'; readonly by: string }
  /** It was truly asked, and nothing came. */
  | { readonly is: 'silent'; readonly by: string }
  /** It could not be asked, and why. */
  | { readonly is: 'unable'; readonly why: string }

type Asked = Exclude<Question, { readonly how: 'not' | 'connect' }>

/** While it runs; undefined = nothing yet. */
export function answerIn(question: Asked, output: string): Finding | undefined {
  if (question.how === 'arp') {
    const mac = /^(?:Unicast|Broadcast) reply from \S+ \[([0-9A-F:]+)\]/im.exec(output)?.[1]
    if (mac === undefined) return undefined
    return { is: 'answered', by: `${question.address} answered ARP on ${question.device} (${mac.toLowerCase()})` }
  }
  if (!/^\d+ bytes from \S+: icmp_seq=/m.test(output)) return undefined
  return { is: 'answered', by: `${question.address} answered ping` }
}

/** After its end. `arping` exits with 1 for a taken address and for a wrong argument, and with 0 on a device without ARP. */
export function findingIn(question: Asked, output: string, missing: boolean): Finding {
  const program = question.how === 'arp' ? 'arping' : 'ping'
  if (missing) return { is: 'unable', why: `${program} is not installed; apt-get install iputils-${program}` }
  const answer = answerIn(question, output)
  if (answer !== undefined) return answer
  const sent = question.how === 'arp' ? /^Sent (\d+) probes/m : /^(\d+) packets transmitted/m
  if (Number(sent.exec(output)?.[1] ?? 0) > 0) return { is: 'silent', by: silence(question) }
  const first = output.split('\n').find(line => line.startsWith(`${program}: `) || line.startsWith('Interface '))
  const words = first?.replace(`${program}: `, '') ?? 'it ended without sending anything'
  return { is: 'unable', why: `${program} ${question.address}: ${words}` }
}

const silence = (question: Asked): string =>
  question.how === 'arp' ? `ARP for ${question.address} on ${question.device}` : `ping ${question.address}`
