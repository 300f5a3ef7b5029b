/** Turns what the core says and does into records. It decides nothing, and what it forgets at a restart is only bookkeeping. */

import { groupOf } from '../../cluster/state.ts'
import type { Cluster } from '../../cluster.ts'
import { eventId, type Move, rules } from '../../decision.ts'
import type { Note } from '../../note.ts'
import { becauseOf, type Line, textOf } from '../../noteText.ts'
import type { Group, GroupName, Job } from '../../types.ts'
import type { HistoryRecord, MoveRecord } from './record.ts'
import { newLimit } from './recordLimit.ts'
import { newWatch } from './recordWatch.ts'

/** What a record is made of; the stamp adds when, where and by whom. */
export type Draft = Line & Omit<HistoryRecord, 'v' | 'time' | 'atMs' | 'boot' | 'node' | 'level' | 'text'>
export type Stamp = (draft: Draft, atMs: number) => HistoryRecord

export const newStamp =
  (node: string, boot: string, now: () => Date): Stamp =>
  ({ code, level, text, ...details }, atMs) => ({
    v: 1,
    time: now().toISOString(),
    atMs: Math.round(atMs * 1000) / 1000,
    boot,
    node,
    code,
    level,
    text,
    ...details,
  })

export interface Recorder {
  /** @param c after the round that said so. */
  noted(note: Note, c: Cluster, nowMs: number): void
  /** After each round of the core: what nobody notes, seen from outside. */
  look(c: Cluster, nowMs: number): void
}

export function newRecorder(stamp: Stamp, add: (record: HistoryRecord) => void): Recorder {
  const limit = newLimit()
  const watch = newWatch()
  /** A job belongs to the move that it was begun for, also if it ends after the next one. */
  const begun = new Map<number, { readonly event: string; readonly atMs: number }>()
  const lastEvent = new Map<GroupName, string>()

  function put(draft: Draft, atMs: number): void {
    const unkept = limit(draft, atMs)
    if (unkept === undefined) return
    add(stamp(unkept === 0 ? draft : { ...draft, unkept }, atMs))
  }

  return {
    noted(note, c, nowMs) {
      switch (note.code) {
        case 'link-up':
        case 'link-dead':
          return // status --json counts them
        case 'job-started':
          begun.set(note.job.id, { event: eventNow(c, note.job.group), atMs: nowMs })
          return
        case 'job-done':
        case 'job-failed': {
          const start = begun.get(note.job.id)
          begun.delete(note.job.id)
          if (start === undefined || note.job.op === 'probe') return
          lastEvent.set(note.job.group, start.event)
          return put({ ...jobDraft(note, note.job, groupOf(c, note.job.group), start.atMs), event: start.event }, nowMs)
        }
        case 'assigned':
          return put(moveDraft(note, note.mintedHere), nowMs)
        case 'ordered':
          put({ code: note.code, ...textOf(note), groups: note.groups, words: note.words }, nowMs)
          for (const move of note.moves) put(moveDraft(move, true), nowMs)
          return
        default:
          return put(
            draftOf(note, c, group => lastEvent.get(group) ?? eventNow(c, group)),
            nowMs,
          )
      }
    },
    look(c, nowMs) {
      for (const draft of watch(c, nowMs)) put(draft, nowMs)
    },
  }
}

const eventNow = (c: Cluster, group: GroupName): string => eventId(group, c.groups.get(group)!.assignment.epoch)

function moveDraft({ group, was, now, decision }: Move, decidedHere: boolean): Draft {
  const { event, rule, toldBy, settings, inputs, rejected } = decision
  const because = becauseOf(now.because, now.owner, was.owner)
  const move: MoveRecord = {
    from: was.owner,
    to: now.owner,
    epoch: now.epoch,
    by: now.by,
    rule,
    ruleText: rules[rule],
    because,
    decidedHere,
    ...(toldBy === undefined ? {} : { toldBy }),
    settings,
    inputs,
    rejected,
  }
  return { code: 'assigned', level: 'info', text: `${group} goes to ${now.owner}: ${because}`, event, group, move }
}

function jobDraft(note: Note & { code: 'job-done' | 'job-failed' }, job: Job, group: Group, beganAtMs: number): Draft {
  const { first, last, op } = job
  const addresses = group.resources.slice(first, last + 1).some(({ address }) => address)
  return {
    code: note.code,
    ...textOf(note),
    group: job.group,
    job: {
      op: op as 'start' | 'stop',
      resources: op === 'stop' ? note.resources.toReversed() : note.resources,
      beganAtMs: Math.round(beganAtMs * 1000) / 1000,
      ok: note.code === 'job-done',
      ...(note.code === 'job-failed' ? { why: note.why } : {}),
      ...(addresses ? { addresses: true as const } : {}),
    },
  }
}

/** Every other note, also one that is not known here yet: whom and which group it is about. */
function draftOf(note: Note, c: Cluster, eventOf: (group: GroupName) => string): Draft {
  return {
    code: note.code,
    ...textOf(note),
    ...('node' in note ? { peer: note.node } : {}),
    ...('group' in note ? { group: note.group, event: eventOf(note.group) } : {}),
    ...('groups' in note ? { groups: note.groups } : {}),
    ...('why' in note ? { why: note.why } : {}),
    ...('words' in note ? { words: note.words } : {}),
    ...(note.code === 'node-dead' ? deathOf(note, c) : {}),
  }
}

function deathOf(note: Note & { code: 'node-dead' }, c: Cluster): Pick<HistoryRecord, 'lastHeardAtMs' | 'limitMs'> {
  const { deadtimeMs, initdeadMs } = c.config.timing
  return {
    lastHeardAtMs: Math.round(c.members.traces.get(note.node)!.heardAtMs * 1000) / 1000,
    limitMs: note.neverSeen ? initdeadMs : deadtimeMs,
  }
}
