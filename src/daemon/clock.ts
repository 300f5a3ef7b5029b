/** The one monotonic clock: the same in all processes of a host, blind to date changes. */

/** CLOCK_MONOTONIC in milliseconds. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
