/** What a boot script did for Heartbeat: module, meta data, disk and connection. */
import { call, type Operation, sayRan } from './call.ts'
import { look } from './look.ts'
import { type DrbdState, diskOf } from './state.ts'

export type BroughtUp =
  | {
      readonly state: DrbdState /** It was not up before: its peer may not have been heard yet. */
      readonly fresh: boolean
    }
  | { readonly failed: string }

/**
 * The resource as it is, brought up where nobody has done it.
 * @param attach a disk that was detached too: not where nobody asked for it, as that may have been done on purpose.
 */
export async function bringUp(operation: Operation, name: string, attach = true): Promise<BroughtUp> {
  const { host } = operation
  if (!host.exists('/proc/drbd')) {
    const loaded = await call(operation, 'modprobe', ['drbd'])
    if (!loaded.ok && !host.exists('/proc/drbd'))
      return {
        failed: `the kernel module drbd cannot be loaded: ${sayRan(loaded, name)}; install it for this kernel (drbd-dkms, or the kernel package that has it)`,
      }
  }
  const before = await look(operation, name)
  if ('unknown' in before) return { failed: `the state of ${name} cannot be told: ${before.unknown}` }
  if (before.state === undefined) return configured(operation, name, ['up', name])
  if (before.state.role === 'Primary' || diskOf(before.state) !== 'Diskless' || !attach)
    return { state: before.state, fresh: false }
  // Detached, or given up half way: whoever starts it wants its disk.
  return configured(operation, name, [before.state.connections.size === 0 ? 'adjust' : 'attach', name])
}

async function configured(operation: Operation, name: string, words: readonly string[]): Promise<BroughtUp> {
  const ran = await call(operation, 'drbdadm', words, 30_000)
  const after = await look(operation, name)
  if ('unknown' in after) return { failed: `the state of ${name} cannot be told: ${after.unknown}` }
  const failed = ran.ok ? undefined : sayRan(ran, name)
  // What somebody else brought up at the same time is up all the same.
  if (after.state === undefined || (failed && diskOf(after.state) === 'Diskless'))
    return { failed: failed ?? `drbdadm ${words.join(' ')} said nothing, but ${name} is not up` }
  operation.host.note(`${operation.resource}: ${name} was not up, drbdadm ${words[0]} done`)
  return { state: after.state, fresh: words[0] !== 'attach' }
}
