/** What a decision consists of: what was known, the rule, and what was not done instead. Records and views are made of it. */
import type { Assignment, ClaimState, Epoch, GroupName, Health, NodeId, Reason, SplitPolicy } from './types.ts'

/** What the deciding node knew of one node. A flag that is missing was not set. */
export interface NodeView {
  readonly node: NodeId
  readonly here?: true
  /** Of the others. */
  readonly health?: Health
  /** From its last sign of life to the beat's last turn, in whole milliseconds. */
  readonly silentMs?: number
  /** Of a dead one: what its silence allows (`free`, or why not), and how many nodes call it dead. */
  readonly silence?: string
  readonly votes?: number
  /** Of this node, where ping nodes are configured: since the newest probe that any of them has answered was sent. */
  readonly pingMs?: number
  /** Where ping nodes are configured: how many of them answer it. */
  readonly pings?: number
  /** What it last said of the group. */
  readonly claim?: ClaimState
  readonly failed?: true
  readonly standby?: true
  readonly leaving?: true
  readonly left?: true
  readonly fenced?: true
  readonly sick?: true
  readonly doubtful?: true
  readonly deaf?: true
  readonly unwritable?: true
  /** An interface of the addresses of the group has no carrier there. */
  readonly dark?: true
}

/** What else might have been done, and why it was not. */
export interface Rejected {
  /** Leave it where it was, or give it to another of its nodes. */
  readonly choice: 'stay' | 'go'
  readonly node: NodeId
  /** The end of a sentence that begins with the name of that node. */
  readonly why: string
}

export interface DecisionSettings {
  readonly deadtimeMs: number
  readonly autoFailback: boolean
  readonly fencing: boolean
  readonly splitPolicy: SplitPolicy
}

export interface Decision {
  /** The same on every node. */
  readonly event: string
  readonly rule: Reason
  readonly settings: DecisionSettings
  readonly inputs: readonly NodeView[]
  readonly rejected: readonly Rejected[]
  /** Another node decided: it was learned from this one, and the inputs are what was known here. */
  readonly toldBy?: NodeId
}

/** One group given to an owner. */
export interface Move {
  readonly group: GroupName
  readonly was: Assignment
  readonly now: Assignment
  readonly decision: Decision
}

/** `web/12.beta`: the twelfth move of web, decided by beta. */
export const eventId = (group: GroupName, { counter, minter }: Epoch): string => `${group}/${counter}.${minter}`

/** The rules in general, as an administrator would be told them. */
export const rules: Readonly<Record<Reason, string>> = {
  home: 'A group that nobody has moved belongs to its home, the first node of its line.',
  adopted: 'A group found running when nobody knows of any move of it stays where it runs.',
  'owner-dead':
    'When the owner of a group is dead, and fenced where fencing is configured, the first node of its line that can run it takes it.',
  'owner-left': 'When the owner of a group was shut down, the first node of its line that can run it takes it.',
  takeover: 'An operator may take a group to his node. It stays there until that node dies or an operator moves it.',
  standby: 'A node in standby gives what it has to the first other node of the line that can run it.',
  'give-away': 'An operator may give a group away, once, to the first other node of the line that can run it.',
  leaving: 'A node that is shut down gives what it has to the first other node of the line that can run it.',
  'start-failed': 'Where a group fails to start, it goes to the first other node of the line that can run it.',
  failback:
    'With auto_failback on a group goes home once its home has been up for a deadtime, and able to serve no worse, unless an operator moved it.',
  'failback-order': 'An operator may send a group home; auto_failback rules it again from then on.',
  rival:
    'Where two nodes that hear nothing of each other hold the same address, the one that is not at home lets go once it finds the other one on the service network.',
  moved:
    'An operator may move a group to any node of its line. It stays there until that node dies or an operator moves it.',
  'last-man':
    'When both nodes were off, a group with data starts first on the one that ran last: nobody has newer data.',
  'ping-lost':
    'With ipfail a node that sees fewer ping nodes than another gives what it has to the one that sees most of them.',
  'resource-failed':
    'Where a resource fails more often than agents.ini says it is brought back, its group goes to the first other node of its line that can run it.',
  'carrier-lost':
    'A node whose service interface has no carrier gives the groups on it to a node where that interface has one.',
}
