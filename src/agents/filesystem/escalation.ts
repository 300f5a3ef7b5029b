/** What to do about those who keep a file system busy, by how long it has been busy. */
import { type Sorted, sortUsers } from './spare.ts'
import type { User, Users } from './users.ts'

/** Services were stopped before by their own scripts: who is left was forgotten. */
export const patience = {
  /** Since the first refusal: a look by udev or a backup passes by itself. */
  termAfterMs: 1_000,
  killAfterMs: 10_000,
  giveUpAfterMs: 15_000,
  /** Since nobody is found who may be ended: those who were may take a moment to let go. */
  nobodyAfterMs: 3_000,
}

export type Act =
  | { readonly act: 'wait' }
  | { readonly act: 'signal'; readonly signal: 'TERM' | 'KILL'; readonly users: readonly User[] }
  | { readonly act: 'give up'; readonly who: string }

/** @param nobodyForMs since when nobody was found who may be ended. */
export function escalate(busyForMs: number, nobodyForMs: number, users: Users, manager: number): Act {
  const sorted = sortUsers(users, manager)
  const nobody = sorted.mayEnd.length === 0
  if (nobody ? nobodyForMs >= patience.nobodyAfterMs : busyForMs >= patience.giveUpAfterMs) {
    return { act: 'give up', who: whoRemains(users, sorted) }
  }
  if (nobody || busyForMs < patience.termAfterMs) return { act: 'wait' }
  const signal = busyForMs < patience.killAfterMs ? 'TERM' : 'KILL'
  return { act: 'signal', signal, users: sorted.mayEnd }
}

/** `mysqld (812, fd 3 /data/db)`, at most five of them. */
export function listUsers(users: readonly User[]): string {
  const named = users.slice(0, 5).map(({ command, pid, how, path }) => `${command} (${pid}, ${how} ${path})`)
  return users.length > 5 ? `${named.join(', ')} and ${users.length - 5} more` : named.join(', ')
}

function whoRemains({ kernel, cut }: Users, { mayEnd, spared }: Sorted): string {
  const parts = [
    ...(mayEnd.length > 0 ? [`not even SIGKILL ended ${listUsers(mayEnd)}`] : []),
    ...spared.slice(0, 5).map(({ user, because }) => `${listUsers([user])} is never ended, as ${because}`),
    ...(kernel.length > 0 ? [`the kernel has ${kernel.join(', ')}`] : []),
  ]
  if (cut) parts.push('the search for users hung at a process that hangs')
  return parts.length > 0 ? parts.join('; ') : 'no process is found that uses it'
}
