/** Instants and spans as the views of records show them: local wall clock, and spans down to a tenth of a millisecond. */

const two = (value: number): string => String(value).padStart(2, '0')

/** `2026-11-21` */
export function dayOf(time: string): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** `09:41:12.205` */
export function clockOf(time: string): string {
  const date = new Date(time)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** `0.3 ms`, `43 ms`, `1.234 s`, `75.0 s` */
export function fineSpan(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  return ms < 59_999 ? `${(ms / 1000).toFixed(3)} s` : `${(ms / 1000).toFixed(1)} s`
}
