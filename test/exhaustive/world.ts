/** A state of the search: two nodes as they really are, what is under way between them, and the misfortunes that are left. */
import type { Cluster } from '../../src/cluster.ts'
import type { Saved } from '../../src/events.ts'
import type { BeatState } from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import type { Job, NodeId } from '../../src/types.ts'
import type { At, Bounds, Setting } from './setting.ts'

/** The truth about one resource on one node. */
export interface Thing {
  /** It is there until then: minus infinity = not at all, infinity = until somebody stops it. */
  readonly untilMs: number
  /** The agents of the running manager renew its lease. */
  readonly kept: boolean
  /** Its node had not heard the other for a while when this lease was allowed. */
  readonly deaf: boolean
}

/** An agent at work. */
export interface Work {
  readonly job: Job
  readonly sinceMs: number
  /** What it starts is there. */
  readonly acted: boolean
}

export interface Flight {
  readonly datagram: Datagram
  /** It may take longer than a quantum. */
  readonly slow: boolean
}

export interface Side {
  powered: boolean
  paused: boolean
  /** It has fired its timer in this quantum, or had none to fire. */
  turned: boolean
  beat: BeatState | undefined
  cluster: Cluster | undefined
  saved: Saved | undefined
  /** Asked for and not on disk yet. */
  saving: { readonly saved: Saved; readonly sinceMs: number } | undefined
  /** When its power or its manager went. */
  downAtMs: number
  /** Its manager has been gone for more than a quantum and has to start in this one. */
  overdue: boolean
  gen: number
  work: Work | undefined
  things: readonly Thing[]
  /** Addresses may be held until then. */
  allowedMs: number
  allowedDeaf: boolean
  /** It is about to be switched off by the other. */
  aimedAt: boolean
  /** Since when its service cable has been out. */
  darkSinceMs: number | undefined

  // What the world notes of it, to judge it by.
  /** When it last accepted a datagram of the other, and when one whose manager was alive. */
  heardAtMs: number
  provedAtMs: number
  bornAtMs: number
  /** The other had been silent for a deadtime when the last job began. */
  startedInSilence: boolean
  /** It declared the other dead although that one was sending. */
  cutFrom: boolean
  /** The last claim it accepted from the other was `blocked`. */
  knowsBlocked: boolean
  /** So many resources, from the left, whose start was a success and that were not stopped since. */
  up: number
}

/** Who activated which move of the group. */
export interface Activation {
  readonly counter: number
  readonly minter: NodeId
  readonly at: At
}

export interface World {
  nowMs: number
  sides: [Side, Side]
  /** To each node, oldest first. */
  flights: [readonly Flight[], readonly Flight[]]
  /** Nothing that this node sends arrives. */
  cut: [boolean, boolean]
  left: Bounds
  /** Whose agents fail at what. */
  struck: { readonly at: At; readonly op: Job['op'] } | undefined
  activations: readonly Activation[]
}

/** Any instant will do, if it is so late that no age is below zero. */
const firstMs = 1_000_000_000

const nothingThere: Thing = { untilMs: Number.NEGATIVE_INFINITY, kept: false, deaf: false }

export const bare = (setting: Setting): readonly Thing[] => setting.group.resources.map(() => nothingThere)

function newSide(setting: Setting): Side {
  return {
    powered: false,
    paused: false,
    turned: true,
    beat: undefined,
    cluster: undefined,
    saved: undefined,
    saving: undefined,
    downAtMs: Number.NEGATIVE_INFINITY,
    overdue: false,
    gen: 0,
    work: undefined,
    things: bare(setting),
    allowedMs: Number.NEGATIVE_INFINITY,
    allowedDeaf: false,
    aimedAt: false,
    darkSinceMs: undefined,
    heardAtMs: Number.NEGATIVE_INFINITY,
    provedAtMs: Number.NEGATIVE_INFINITY,
    bornAtMs: Number.NEGATIVE_INFINITY,
    startedInSilence: false,
    cutFrom: false,
    knowsBlocked: false,
    up: 0,
  }
}

/** Both nodes are switched off and have never run. */
export const darkness = (setting: Setting): World => ({
  nowMs: firstMs,
  sides: [newSide(setting), newSide(setting)],
  flights: [[], []],
  cut: [false, false],
  left: setting.bounds,
  struck: undefined,
  activations: [],
})

export const isLive = (thing: Thing, nowMs: number): boolean => thing.untilMs > nowMs

export const isRunning = (side: Side): boolean => side.powered && !side.paused
