/** The measured times, and what they come to. */
import type { Death } from './deaths.ts'

const s = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1_000).toFixed(2))

export function tableOf(deaths: readonly Death[]): string {
  const titles = [
    'nth',
    'what',
    'of',
    'acknowledged',
    'records',
    'DRBD missed it',
    'first answer',
    'at most',
    'all well',
  ]
  const rows = deaths.map((death, nth) => [
    String(nth + 1),
    death.what,
    death.of,
    String(death.acknowledged),
    String(death.records),
    s(death.missedMs),
    s(death.answerMs),
    s(death.boundMs),
    s(death.wellMs),
  ])
  const sizes = titles.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(sizes[i]!)).join('  ')
  return [
    line(titles),
    ...rows.map(line),
    ...(['power loss', 'reboot'] as const).flatMap(what => summary(deaths, what)),
  ].join('\n')
}

function summary(deaths: readonly Death[], what: Death['what']): string[] {
  const times = deaths.flatMap(death => (death.what === what ? death.answerMs : [])).sort((a, b) => a - b)
  if (times.length === 0) return []
  const middle = times[Math.floor(times.length / 2)]
  const how = what === 'reboot' ? 'longest time without an answer' : 'from death to first answer'
  return [`${what}, ${how}: ${times.length} times, median ${s(middle)} s, from ${s(times[0])} to ${s(times.at(-1))} s`]
}
