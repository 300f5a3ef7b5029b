/** What a line of `ping -n -D -O -U` says. Pure. */

export type PingLine =
  | {
      readonly type: 'reply'
      readonly from: string
      /** When ping read the reply, in milliseconds of the date. */
      readonly printedAtMs: number
      /** From sending the probe to reading the reply: `-U`. */
      readonly tookMs: number
    }
  /** Headings, probes without an answer, errors of routers, the summary. */
  | { readonly type: 'chatter' }
  /** Nothing that ping of iputils prints, or a reply that is not fit to be believed. */
  | { readonly type: 'nonsense' }

/** A doubled reply is one; with a bad checksum, cut short or from elsewhere it has other words behind `ms`. */
const reply =
  /^\[(\d{1,12}\.\d{1,6})\] \d+ bytes from (\S+): icmp_seq=\d+ (?:ident=\d+ )?ttl=\d+ time=(\d{1,9}(?:\.\d+)?) ms(?: \(DUP!\))?$/
const chatter =
  /^(?:PING |--- |rtt |pipe \d|\d+ packets transmitted|$)|no answer yet for icmp_seq=\d+$|^(?:\[[\d.]+\] )?From \S+:? icmp_seq=/

/** Longer than anything ping prints about one reply. */
const longestLine = 300

export function readPingLine(line: string): PingLine {
  if (line.length > longestLine) return { type: 'nonsense' }
  const [, printed, from, took] = reply.exec(line) ?? []
  if (printed === undefined || from === undefined || took === undefined) {
    return { type: chatter.test(line) ? 'chatter' : 'nonsense' }
  }
  return { type: 'reply', from, printedAtMs: Number(printed) * 1_000, tookMs: Number(took) }
}
