/** When I sent what: the last 128 to 256 datagrams, so that an echoed seq gives the instant. */

export interface Sent {
  /** The latest seq; 0 before the first. */
  readonly seq: number
  readonly older: readonly number[]
  /** The latest is the last of these. */
  readonly newer: readonly number[]
}

const chunk = 128

export const nothingSent: Sent = { seq: 0, older: [], newer: [] }

/** `proves`: my manager lives, so whoever counts this one counts me as alive. Others are kept with a minus. */
export function send({ seq, older, newer }: Sent, atMs: number, proves: boolean): Sent {
  const nowMs = proves ? atMs : -atMs
  return newer.length < chunk
    ? { seq: seq + 1, older, newer: [...newer, nowMs] }
    : { seq: seq + 1, older: newer, newer: [nowMs] }
}

/** Undefined for a seq that was never sent, or so long ago that it is forgotten. */
export function sentAtMs({ seq, older, newer }: Sent, asked: number): number | undefined {
  const ms = entry({ seq, older, newer }, asked)
  return ms === undefined ? undefined : Math.abs(ms)
}

/** Only of those that prove that this node lives. */
export function provedAtMs(sent: Sent, asked: number): number | undefined {
  const ms = entry(sent, asked)
  return ms === undefined || ms < 0 ? undefined : ms
}

function entry({ seq, older, newer }: Sent, asked: number): number | undefined {
  const at = newer.length - 1 - (seq - asked)
  return at >= 0 ? newer[at] : older[older.length + at]
}
