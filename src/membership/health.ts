/** What silence makes of a peer. One table; the words are Heartbeat's: warntime makes late, deadtime makes dead. */
import type { Health } from '../types.ts'

export type Notice = 'heard' | 'warntime' | 'deadtime'

/** unseen: nothing heard since we started (deadtime is then initdead). late: silent past warntime. */
export const healthAfter: Readonly<Record<Health, Readonly<Record<Notice, Health>>>> = {
  unseen: { heard: 'up', warntime: 'unseen', deadtime: 'dead' },
  up: { heard: 'up', warntime: 'late', deadtime: 'dead' },
  late: { heard: 'up', warntime: 'late', deadtime: 'dead' },
  dead: { heard: 'up', warntime: 'dead', deadtime: 'dead' },
}
