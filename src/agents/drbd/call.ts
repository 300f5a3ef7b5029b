/** Every call of drbdadm, drbdsetup and modprobe, each with a limit of ours: a hung one holds up nobody. */
import type { Host } from '../agent.ts'
import { explain, type Ran } from '../ran.ts'

/** One operation on the resources of one word of haresources. */
export interface Operation {
  readonly host: Host
  /** As written in haresources. */
  readonly resource: string
  readonly action: 'start' | 'stop' | 'monitor'
  /** The monotonic instant at which the whole operation has to be over. */
  readonly untilMs: number
}

/** What answers in moments, unless it hangs. */
const shortMs = 10_000

export function call(
  { host, resource, action, untilMs }: Operation,
  file: 'drbdadm' | 'drbdsetup' | 'modprobe' | 'dmesg',
  args: readonly string[],
  atMostMs: number = shortMs,
): Promise<Ran> {
  const timeoutMs = Math.max(500, Math.min(atMostMs, untilMs - host.clock.nowMs()))
  return host.run({ resource, action, file, args, timeoutMs, graceMs: 500 })
}

export const codeOf = ({ end }: Ran): number | undefined => (end.by === 'exit' ? end.code : undefined)

/** What drbdadm said, and what to do about it, by its messages (drbd-utils 9.22). */
const hints: readonly { readonly says: RegExp; readonly fix: (name: string) => string }[] = [
  {
    says: /not defined in your config|no resources defined/,
    fix: name =>
      `there is no resource ${name} for this host in /etc/drbd.d: write one, or its right name in haresources`,
  },
  {
    says: /Parse error|parse error/,
    fix: () => 'mend that line of the DRBD configuration; drbdadm dump shows what it reads',
  },
  {
    says: /No valid meta ?data found|no valid meta/i,
    fix: name => `its disk has no meta data: if it is new on this node, type here: drbdadm create-md ${name}`,
  },
  {
    says: /Can not open backing device|open\(.*\) failed: No such file/i,
    fix: () => 'the disk below it is not there: look at the line "disk" of its configuration',
  },
  { says: /can only open|in use|mounted/i, fix: () => 'the disk below it is used by something else: lsblk tells' },
]

export function sayRan(ran: Ran, name: string): string {
  if (ran.end.by === 'missing') return `${explain(ran)}: apt-get install drbd-utils`
  const hint = hints.find(({ says }) => says.test(ran.output))
  const line = hint && ran.output.split('\n').find(text => hint.says.test(text))
  return hint ? `${ran.command}: ${line!.trim()}; ${hint.fix(name)}` : explain(ran)
}

/** Until then, or earlier where something has happened to the resource. */
export function pause({ host }: Operation, name: string, ms: number): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      forget()
      cancel()
      resolve()
    }
    const forget = host.drbd.follow(name, end)
    const cancel = host.clock.after(ms, end)
  })
}
