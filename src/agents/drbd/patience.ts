/** How long DRBD itself may take to notice that its peer has died. */
import { call, type Operation } from './call.ts'

/** DRBD's own defaults: ping-int 10 s, ping-timeout 0.5 s, timeout 6 s. */
const usual = { 'ping-int': 10, 'ping-timeout': 5, timeout: 60 }
/** Of drbdsetup show. */
const units: Readonly<Record<keyof typeof usual, number>> = { 'ping-int': 1_000, 'ping-timeout': 100, timeout: 100 }

/** One interval of pings, one ping without an answer, one packet without an acknowledgement: milliseconds. */
export async function detectionMs(operation: Operation, name: string): Promise<number> {
  const ran = await call(operation, 'drbdsetup', ['show', '--show-defaults', name], 5_000)
  return readDetectionMs(ran.ok ? ran.output : '')
}

export function readDetectionMs(shown: string): number {
  const keys = Object.keys(usual) as (keyof typeof usual)[]
  const values = keys.map(key => {
    const [, text] = new RegExp(`^\\s*${key}\\s+(\\d+);`, 'm').exec(shown) ?? []
    return Number(text ?? usual[key]) * units[key]
  })
  return values.reduce((sum, value) => sum + value, 0)
}
