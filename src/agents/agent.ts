/** What an agent is: words checked once, then three operations that are safe to repeat. */
import type { AgentKey } from '../config/agentKeys.ts'
import type { Operations } from '../config/operations.ts'
import type { GroupName, NodeId, Outcome, Status } from '../types.ts'
import type { AddressKeeper } from './address/keeper.ts'
import type { Wanted } from './address/wanted.ts'
import type { Clock } from './clock.ts'
import type { DrbdFollower } from './drbd/follow.ts'
import type { Wanted as DrbdWanted } from './drbd/wanted.ts'
import type { OpenDatabase } from './mysqlrole/session.ts'
import type { Ran } from './ran.ts'
import type { Hindrance } from './readiness.ts'
import type { AskWeb } from './webui/ask.ts'

/** Limits for one operation; past them the agent and its process group are killed. */
export interface Timeouts {
  readonly startMs: number
  readonly stopMs: number
  readonly monitorMs: number
}

/** For what answers in moments: addresses and systemd units. */
export const defaultTimeouts: Timeouts = { startMs: 60_000, stopMs: 60_000, monitorMs: 20_000 }

/** Heartbeat put no limit on scripts; a database may take minutes to recover or to flush, and for ever is a hang. */
export const scriptTimeouts: Timeouts = { startMs: 600_000, stopMs: 600_000, monitorMs: 20_000 }

/** Those of its kind, but for what agents.ini says. */
export const timeoutsFor = (usual: Timeouts, { operations }: Pick<BindContext, 'operations'>): Timeouts => ({
  startMs: operations?.startTimeoutMs ?? usual.startMs,
  stopMs: operations?.stopTimeoutMs ?? usual.stopMs,
  monitorMs: operations?.monitorTimeoutMs ?? usual.monitorMs,
})

/** What looking at a resource told, and why, where that is not plain `running` or `stopped`. */
export interface Seen {
  readonly status: Status
  readonly why?: string
}

export interface RunRequest {
  /** The resource as written: names the log file, with the action. */
  readonly resource: string
  readonly action: string
  /** An absolute path, or a name looked up in the fixed PATH. */
  readonly file: string
  readonly args: readonly string[]
  /** Added to PATH and LC_ALL=C; nothing else is passed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** From SIGTERM to SIGKILL after the timeout. Default 5 s. */
  readonly graceMs?: number
}

/** Small texts in a folder of ours. */
export interface Notebook {
  /** undefined: nothing was written. */
  read(name: string): string | undefined
  /** It is on the disk then, whole or not at all. Throws where the disk refuses it. */
  write(name: string, text: string): Promise<void>
  /** Where a file of that name lies, or would. */
  path(name: string): string
}

/** The only way agents reach the machine. */
export interface Host {
  readonly clock: Clock
  readonly addresses: AddressKeeper
  /** What DRBD tells of itself. */
  readonly drbd: DrbdFollower
  /** Runs a program to its exit. Never throws. */
  run(request: RunRequest): Promise<Ran>
  /** Asks a web server, once. Never throws. */
  askWeb: AskWeb
  /** Opens a connection to a MariaDB or MySQL database. */
  openDatabase: OpenDatabase
  /** Until when a node that is silent may have lived, monotonic; undefined: nobody knows, as where no manager runs. */
  livedUntilMs(node: string): number | undefined
  /** What survives a restart of the machine, and what is forgotten then: small texts by name. */
  readonly lasting: Notebook
  readonly sinceBoot: Notebook
  isExecutable(path: string): boolean
  exists(path: string): boolean
  /** A file of /proc that waits for no device; undefined when it cannot be read. */
  read(path: string): string | undefined
  /** For the log: what went well, but somebody should know. */
  note(text: string): void
  /** One operation per resource at a time: work on the same resource waits its turn. */
  alone<T>(resource: string, work: () => Promise<T>): Promise<T>
}

/** What an agent may know of its surroundings when its words are checked. */
export interface BindContext {
  /** The resource as written. */
  readonly resource: string
  readonly group: GroupName
  readonly node: NodeId
  /** Normally `/etc/ha.d`. */
  readonly configDir: string
  /** ha.cf as written: becomes the HA_* environment of Heartbeat's scripts. */
  readonly directives: ReadonlyMap<string, string>
  /** What agents.ini says of this resource; left out: all as usual. */
  readonly operations?: Operations | undefined
}

export interface StartOptions {
  /** The monotonic instant until which an address may be held; undefined = no lease. Other kinds ignore it. */
  readonly holdUntilMs: number | undefined
}

/** A resource whose words are understood. */
export interface Bound {
  readonly resource: string
  readonly kind: Kind
  /** The program or unit behind it, for people; our own agents have none. */
  readonly from?: string
  readonly timeouts: Timeouts
  /** The same as `stop` for whoever has no manager and no Node: what the last-resort stop does. */
  readonly lastStop?: (host: Pick<Host, 'exists'>) => LastStop
  /** Set for a service address: neighbours are added and removed in one batch. */
  readonly address?: Wanted
  /** Set for DRBD: which of its resources. */
  readonly drbd?: DrbdWanted
  /**
   * What it needs on a node where it does not run too: done once after the manager has started, and again while there is
   * a reason why it could not be done.
   */
  prepare?(host: Host): Promise<Outcome>
  /** Of DRBD: makes the copy of that resource here known as old. */
  outdate?(host: Host, name: string): Promise<Outcome>
  /** Starting what runs is success. */
  start(host: Host, options: StartOptions): Promise<Outcome>
  /** Stopping what is stopped is success. */
  stop(host: Host): Promise<Outcome>
  monitor(host: Host): Promise<Seen>
  /** What its looks have met and what is no failure of it: status tells that. */
  troubles?(): readonly Trouble[]
  /** What speaks against a start here, where it does not run. Changes nothing; left out: nobody can tell beforehand. */
  ready?(host: Host): Promise<readonly Hindrance[]>
  /** What in the configuration of the thing itself does not fit; asked by an operator, whether it runs or not. */
  advice?(host: Host): Promise<readonly Hindrance[]>
  /** Calls as soon as the machine tells that it may not run any more; returns how to end that. Then it is looked at. */
  follow?(host: Host, ailing: () => void): () => void
  /** Set for what wants a look on every node, whether its group runs there or not. */
  readonly tending?: Tending
}

export interface Trouble {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly text: string
  readonly fix?: string
}

export type LastStop =
  | {
      readonly by: 'program'
      readonly file: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly limitMs: number
    }
  | { readonly by: 'unit'; readonly unit: string; readonly limitMs: number }
  | { readonly by: 'address'; readonly address: string }
  | { readonly by: 'umount'; readonly directory: string; readonly limitMs: number }

/** held: its group runs on this node. let-be: it is being started or stopped, or nobody may touch it. */
export type Stand = 'held' | 'not-held' | 'let-be'

export interface Tending {
  readonly everyMs: number
  /** Looks, mends what is this node's to mend, and tells. Ends within the limits of the agent. */
  tend(host: Host, stand: () => Stand): Promise<Told>
}

/** For `tandem status`, in sentences. */
export interface Told {
  readonly lines: readonly string[]
  /** What somebody should see to. */
  readonly problems: readonly string[]
  /** What a death of the node that has it now would mean. */
  readonly ifDies?: string
  /** Why no other node could take it then; in the place of `ifDies`. */
  readonly lacking?: string
}

export type Kind = 'address' | 'database' | 'filesystem' | 'drbd' | 'resource.d' | 'lsb' | 'systemd' | 'ocf' | 'missing'

export interface Problem {
  readonly problem: string
}

export interface Agent {
  readonly meta: {
    readonly name: string
    readonly summary: string
    readonly usage: string
    readonly timeouts: Timeouts
    /** Other names for it in haresources. */
    readonly aliases?: readonly string[]
    /** A script of that name in resource.d goes before it: the administrator has put it there. */
    readonly yieldsToScript?: true
    /** What it takes in agents.ini beside the keys of all agents; `bind` finds the values in `operations`. */
    readonly keys?: readonly AgentKey[]
    /** To move back to its home by itself is no small thing: auto_failback is refused with it. */
    readonly movesData?: true
  }
  /** Checks the words without touching the machine. */
  bind(args: readonly string[], context: BindContext): Bound | Problem
}

export const done: Outcome = { ok: true }
export const failed = (why: string): Outcome => ({ ok: false, why })
export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'problem' in value
