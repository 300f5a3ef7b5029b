/** Notes in words. The texts an administrator of Heartbeat greps for are kept; each says why. */
import { longSpan, type Note } from './note.ts'
import type { Assignment, Job, NodeId, Reason } from './types.ts'

/** Heartbeat's levels: info, WARN, ERROR, CRIT. */
export type Level = 'debug' | 'info' | 'WARN' | 'ERROR' | 'CRIT'

export interface Line {
  readonly level: Level
  readonly text: string
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`

const reasonText = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`)
const overText = (by: NodeId | undefined): string => (by === undefined ? 'its time is over' : `ordered on ${by}`)

/** Why a group has its owner, as a clause: "web goes to beta: alpha is dead". */
export function becauseOf(because: Reason, owner: NodeId, was: NodeId | undefined): string {
  const before = was === undefined || was === owner ? 'its owner' : was
  const texts: Readonly<Record<Reason, string>> = {
    home: `${owner} is its home in haresources`,
    adopted: `it was found running on ${owner}`,
    'owner-dead': `${before} is dead`,
    'owner-left': `${before} was shut down`,
    takeover: `takeover ordered on ${owner}`,
    standby: `${before} went to standby`,
    'give-away': `hand-over ordered on ${before}`,
    leaving: `${before} is shutting down`,
    'start-failed': `${before} failed to start it`,
    failback: `auto_failback: ${owner} is its home and is back`,
    'failback-order': `failback ordered: ${owner} is its home`,
    rival: `${owner} holds it too, and is its home`,
    moved: `move to ${owner} ordered`,
    'last-man': `${owner} was the last one running, and has the newest data`,
    'ping-lost': `${before} sees fewer ping nodes than ${owner}`,
    'carrier-lost': `${before} has no carrier for it`,
    'resource-failed': `it failed on ${before}`,
  }
  return texts[because]
}

const verbs: Readonly<Record<Job['op'], string>> = { start: 'start', stop: 'stop', probe: 'status' }

function jobText(job: Job, resources: readonly string[]): string {
  const [first = ''] = resources
  const more = resources.length > 1 ? ` and ${resources.length - 1} more of ${job.group}` : ''
  return `${first}${more} ${verbs[job.op]}`
}

function nextText({ again, of }: { readonly again: number; readonly of: number }): string {
  if (again <= of) return `brought back here (${again} of ${of})`
  return of === 0 ? 'given up' : `given up, it was brought back ${of === 1 ? 'once' : `${of} times`}`
}

const epochText = ({ epoch }: Assignment): string => `epoch ${epoch.counter}/${epoch.minter}`

/** Where it is already, an order only holds it. */
const goes = (was: Assignment, now: Assignment): string =>
  now.because === 'moved' && was.owner === now.owner ? 'stays on' : 'goes to'

/** One line for one note. */
export function textOf(note: Note): Line {
  switch (note.code) {
    case 'node-up':
      if (note.was === 'late') return { level: 'info', text: `node ${note.node}: heard again` }
      if (note.was === 'dead' && !note.restarted) {
        return { level: 'CRIT', text: `Cluster node ${note.node} returning after partition.` }
      }
      return { level: 'info', text: `Status update for node ${note.node}: status active (generation ${note.gen})` }
    case 'node-restarted':
      return { level: 'info', text: `Heartbeat restart on node ${note.node} (generation ${note.gen})` }
    case 'node-late':
      return { level: 'WARN', text: `Late heartbeat: Node ${note.node}: interval ${Math.round(note.silentMs)} ms` }
    case 'node-dead':
      return {
        level: 'WARN',
        text: `node ${note.node}: is dead (${note.neverSeen ? 'never seen, initdead is over' : 'silent'} for ${seconds(note.silentMs)})`,
      }
    case 'node-left':
      return { level: 'info', text: `Received shutdown notice from '${note.node}'.` }
    case 'paused':
      return {
        level: 'WARN',
        text: `this node was paused for ${seconds(note.lateMs)}; nobody is judged by that silence`,
      }
    case 'link-up':
    case 'link-dead':
      return {
        level: note.code === 'link-up' ? 'info' : 'WARN',
        text: `Link ${note.node}:${note.link} ${note.code === 'link-up' ? 'up' : 'dead'}.`,
      }
    case 'assigned':
      return {
        level: 'info',
        text: `${note.group} ${goes(note.was, note.now)} ${note.now.owner}: ${becauseOf(note.now.because, note.now.owner, note.was.owner)} (${epochText(note.now)})`,
      }
    case 'job-started':
      return { level: note.job.op === 'probe' ? 'debug' : 'info', text: `Running ${jobText(note.job, note.resources)}` }
    case 'job-done':
      return { level: 'debug', text: `${jobText(note.job, note.resources)}: done` }
    case 'job-failed':
      return { level: 'ERROR', text: `${jobText(note.job, note.resources)} failed: ${note.why}` }
    case 'group-running':
      return { level: 'info', text: `${note.group} is running here` }
    case 'group-stopped':
      return { level: 'info', text: `${note.group} is stopped here` }
    case 'group-failed':
      return { level: 'CRIT', text: `Giving up resources due to failure of ${note.group}: ${note.why}` }
    case 'resource-failed':
      return { level: 'ERROR', text: `${note.resource} of ${note.group} has failed: ${note.why}; ${nextText(note)}` }
    case 'group-stuck':
      return {
        level: 'CRIT',
        text: `${note.group} is stuck without ${note.resource}, and no other node can take it; see to it, then type: tandem clear ${note.group}`,
      }
    case 'halted':
      return {
        level: 'WARN',
        text: `${note.group} has been stopped by an operator (told by ${note.node}); to start it: tandem start ${note.group}`,
      }
    case 'halt-over':
      return { level: 'info', text: `${note.group} may start again, by order of an operator (told by ${note.node})` }
    case 'group-blocked':
      return {
        level: 'CRIT',
        text: `Resource STOP failure: ${note.group} is blocked and starts nowhere: ${note.why}; see to it, then type: tandem clear ${note.group}`,
      }
    case 'both-hold':
      return { level: 'ERROR', text: `Both ${note.node} and this node hold ${note.group}` }
    case 'both-hold-over':
      return { level: 'info', text: `${note.node} and this node no longer both hold ${note.group}` }
    case 'not-saved':
      return { level: 'CRIT', text: `the state folder cannot be written (${note.why}): this node takes nothing over` }
    case 'saved-again':
      return { level: 'info', text: 'the state folder can be written again' }
    case 'config-differs':
      return { level: 'ERROR', text: differsText(note.node, note.what) }
    case 'config-agrees':
      return { level: 'info', text: `the configuration of ${note.node} agrees with ours again` }
    case 'fence':
      return {
        level: 'WARN',
        text: `Resetting node ${note.node}${note.groups.length > 0 ? ` before taking ${note.groups.join(', ')}` : ''}`,
      }
    case 'fenced':
      return { level: 'info', text: `node ${note.node} has been fenced` }
    case 'ordered':
      return {
        level: 'info',
        text: `ordered here: ${note.words}${note.groups.length > 0 ? ` (${note.groups.join(', ')})` : ''}`,
      }
    case 'refused':
      return { level: 'WARN', text: `refused: ${note.words}: ${note.why}` }
    case 'isolated':
      return {
        level: 'CRIT',
        text: note.majority
          ? 'isolated: most of the others do not count this node; letting go of everything'
          : 'isolated: neither a peer nor a ping node is heard; letting go of everything',
      }
    case 'isolated-over':
      return { level: 'info', text: 'no longer isolated' }
    case 'split':
      return {
        level: 'CRIT',
        text: `node ${note.node} sends no heartbeats and may be alive (${note.by}): its links are cut, or its daemons are down`,
      }
    case 'unable-to-ask':
      return {
        level: 'ERROR',
        text: `node ${note.node} is silent and nobody can be asked about it: ${note.why}; nothing is taken`,
      }
    case 'disarmed':
      return {
        level: 'WARN',
        text: `fail-over is disarmed for ${longSpan(note.forMs)}, ordered on ${note.by}${reasonText(note.reason)}: nobody takes over from a silent node`,
      }
    case 'armed':
      return { level: 'info', text: `fail-over is armed again, ${overText(note.by)}` }
    case 'maintenance':
      return {
        level: 'WARN',
        text: `maintenance of ${note.groups.join(', ')} for ${longSpan(note.forMs)}, ordered on ${note.by}${reasonText(note.reason)}: nobody starts, stops or moves it`,
      }
    case 'maintenance-over':
      return { level: 'info', text: `maintenance of ${note.groups.join(', ')} is over, ${overText(note.by)}` }
    case 'truce-confirmed':
      return { level: 'info', text: 'every node has confirmed what is suspended' }
    case 'left-running':
      return {
        level: 'WARN',
        text: `${note.groups.join(', ')}: in maintenance, left as it is; nothing watches it, and its addresses go when their lease is over`,
      }
    case 'leaving':
      return { level: 'info', text: 'Heartbeat shutdown in progress: giving up all HA resources.' }
    case 'left':
      return { level: 'info', text: 'All HA resources relinquished.' }
  }
}

/** What differs, and what to do about it. */
export function differsText(node: NodeId, what: 'settings' | 'groups' | 'nodes'): string {
  switch (what) {
    case 'nodes':
      return `ha.cf on ${node} lists other nodes than here: its claims cannot be read, so nothing new starts here; make the node lines equal`
    case 'groups':
      return `haresources on ${node} differs from ours: make the files equal, then tandem reload on both`
    case 'settings':
      return `ha.cf or agents.ini on ${node} has other times, another auto_failback or other retries than ours: make the files equal, then tandem reload on both`
  }
}
