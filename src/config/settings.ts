/** What ha.cf, haresources, authkeys and agents.ini say, understood. The rest of Tandem reads this and never the files. */
import type { Group, LinkName, NodeId, SplitPolicy, Timing } from '../types.ts'
import type { Operations } from './operations.ts'

/** One line of heartbeat media: `bcast eth0`, `ucast eth0 10.0.0.2`, `mcast eth0 225.0.0.1 694 1 0`. */
export type Link =
  | { readonly kind: 'bcast'; readonly name: LinkName; readonly device: string; readonly port: number }
  | {
      readonly kind: 'ucast'
      readonly name: LinkName
      readonly device: string
      /** IPv4 or IPv6 address of the peer; a line naming an own address is harmless. */
      readonly peer: string
      readonly port: number
    }
  | {
      readonly kind: 'mcast'
      readonly name: LinkName
      readonly device: string
      readonly group: string
      readonly port: number
      readonly ttl: number
      readonly loop: boolean
    }

/** authkeys: every listed key is accepted, one is sent. Secrets are raw bytes. */
export interface Keys {
  readonly send: number
  readonly secrets: ReadonlyMap<number, Uint8Array>
}

/** Where log lines go: `logfile`, `debugfile`, `logfacility` of ha.cf. `none` = standard output only. */
export interface Logging {
  readonly logfile: string | undefined
  readonly debugfile: string | undefined
  readonly facility: string | undefined
}

/** `respawn USER PROGRAM ARGS`: run with the daemon and started again when it ends. */
export interface Respawn {
  readonly user: string
  readonly program: string
  readonly args: readonly string[]
}

/** A host outside the cluster that is asked whether it answers: `ping ADDRESS`, `ping_group NAME ADDRESS ...`. */
export interface PingNode {
  /** In lower case; that of a `ping` is its address. */
  readonly name: string
  /** IPv4, IPv6 (a link-local one with its interface, `fe80::1%eth0`) or host names; never empty. It answers when one does. */
  readonly addresses: readonly string[]
}

export interface Settings {
  readonly clusterName: string
  readonly self: NodeId
  /** Sorted by code point, this node included; at most 16. */
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly links: readonly Link[]
  readonly pings: readonly PingNode[]
  /** A ping node silent for so long is dead. */
  readonly deadpingMs: number
  /** `respawn USER .../ipfail` is there: the node that sees fewer ping nodes hands its groups over. */
  readonly ipfail: boolean
  /** Of two nodes; with three and more the majority decides. */
  readonly splitPolicy: SplitPolicy
  /** Nodes that take the groups of any other, in the order written. */
  readonly spares: readonly NodeId[]
  readonly groups: readonly Group[]
  /** Of every resource of every group, by its name as written in haresources. */
  readonly operations: ReadonlyMap<string, Operations>
  readonly autoFailback: boolean
  readonly keys: Keys
  readonly logging: Logging
  readonly respawn: readonly Respawn[]
  readonly realtime: boolean
  /** ha.cf as written, directive -> last value: the HA_* environment of resource.d scripts and `cl_status hbparameter`. */
  readonly directives: ReadonlyMap<string, string>
  /** FNV-1a, 32 bit, of what all nodes must agree on: ha.cf but its links, and when failures move a group. */
  readonly configDigest: number
  /** FNV-1a, 32 bit, of the definitions of all groups. */
  readonly groupsDigest: number
}
