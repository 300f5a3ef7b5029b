/**
 * How fast news leaves: at once, unless there is a lot of it. A node that starts a hundred groups has two hundred things to
 * say, and fifteen others read each of them; a heartbeat that waits a moment says them all.
 */
import type { Report } from '../types.ts'
import { sameNodes } from './sameReport.ts'

export interface News {
  /** So many have left at once since then. */
  readonly count: number
  readonly sinceMs: number
  /** When what waits is due; infinity = nothing waits. */
  readonly dueMs: number
}

export const noNews: News = { count: 0, sinceMs: Number.NEGATIVE_INFINITY, dueMs: Number.POSITIVE_INFINITY }

/** In a keepalive, before any has to wait: more than the hand-over of a few groups takes. */
export const newsAtOnce = 8
/** Then one in such a part of a keepalive. */
const gapsPerKeepalive = 20

/** News has come: `dueMs` is now, or later. */
export function newsAt(news: News, keepaliveMs: number, nowMs: number): News {
  const { count, sinceMs, dueMs } = news
  if (nowMs - sinceMs >= keepaliveMs) return { count: 1, sinceMs: nowMs, dueMs: nowMs }
  if (count < newsAtOnce) return { count: count + 1, sinceMs, dueMs: nowMs }
  return { count, sinceMs, dueMs: Math.min(dueMs, nowMs + keepaliveMs / gapsPerKeepalive) }
}

/** Others count votes while they are young, and wait for a good-bye. */
export const isUrgent = (was: Report, now: Report): boolean => now.left !== was.left || !sameNodes(was.dead, now.dead)
