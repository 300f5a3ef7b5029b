/** `--since`: how long ago, or since when. */

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30m`, `2h`, `7d`, `09:30` (today), or a date as in `2026-11-21` or `2026-11-21 09:30`, local time; undefined = none of these. */
export function parseInstant(word: string, now: Date): Date | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(word) ?? []
  if (digits !== undefined && unit !== undefined) return new Date(now.getTime() - Number(digits) * unitMs[unit]!)
  const [, hours, minutes, seconds = '0'] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(word) ?? []
  if (hours !== undefined && minutes !== undefined) {
    const today = new Date(now)
    today.setHours(Number(hours), Number(minutes), Number(seconds), 0)
    return today
  }
  if (!/^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(word)) return undefined
  // A date alone would be taken for UTC.
  const date = new Date(word.length === 10 ? `${word}T00:00` : word.replace(' ', 'T'))
  return Number.isNaN(date.getTime()) ? undefined : date
}
