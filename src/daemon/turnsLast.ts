/** A turn lets the core accuse: whatever else has arrived by then must have been read before. */
import type { Event } from '../events.ts'

/**
 * Turns wait until everything that can be read now has been read, for the system does not say in which order it arrived:
 * the answer of a ping node may lie in its pipe while the beat says that nothing was heard for warntime.
 */
export const turnsLast =
  (post: (event: Event) => void): ((event: Event) => void) =>
  event => {
    if (event.type === 'turn') setImmediate(() => post(event))
    else post(event)
  }
