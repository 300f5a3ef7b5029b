/** Whom a stop never ends, whatever they have open. */
import type { User, Users } from './users.ts'

/** Programs of the system, by the first 15 characters of their names. Short on purpose: who is not here is ended. */
const system: readonly { readonly names: RegExp; readonly because: string }[] = [
  // Without it nothing is started, stopped or restarted any more.
  { names: /^(systemd|init)$/, because: 'it runs the system' },
  // Devices, logins, the journal, names: services hang without them.
  { names: /^(systemd-.*|\(sd-pam\)|udevd|dbus-daemon|dbus-broker.*)$/, because: 'services need it' },
  // Whoever comes to look what is wrong comes this way.
  { names: /^sshd$/, because: 'it lets people in' },
  // Disks stop answering when these stop answering for them.
  { names: /^(multipathd|iscsid|dmeventd|mdmon|drbd.*)$/, because: 'disks need it' },
  { names: /^(tandemd|tandem-beat)$/, because: 'it is part of Tandem' },
]

/** undefined = it may be ended. A process of another user is never the system's, whatever it calls itself. */
export function sparedBecause(
  { pid, uid, command, ancestors }: User,
  manager: number,
  managerAncestors: readonly number[],
): string | undefined {
  if (pid === 1) return 'it is process 1'
  if (pid === manager || ancestors.includes(manager)) return 'it is part of Tandem'
  if (managerAncestors.includes(pid)) return 'it runs Tandem'
  const ofSystem = uid === 0 || (command.startsWith('dbus-') && ancestors[0] === 1)
  return ofSystem ? system.find(({ names }) => names.test(command))?.because : undefined
}

export interface Sorted {
  readonly mayEnd: readonly User[]
  readonly spared: readonly { readonly user: User; readonly because: string }[]
}

export function sortUsers({ processes, managerAncestors }: Users, manager: number): Sorted {
  const judged = processes.map(user => ({ user, because: sparedBecause(user, manager, managerAncestors) }))
  return {
    mayEnd: judged.flatMap(({ user, because }) => (because === undefined ? user : [])),
    spared: judged.flatMap(({ user, because }) => (because === undefined ? [] : { user, because })),
  }
}
