/**
 * The simulator's own test: each of these takes one safety rule out of the code, and stories or seeds must notice.
 * `search` stands exactly once in the file, or the mutant counts as not applied, which is a failure.
 */
export interface Mutant {
  /** The rule that is missing. */
  readonly name: string
  readonly file: string
  readonly search: string
  readonly replace: string
  /** A second place of the same rule in the same file. */
  readonly also?: { readonly search: string; readonly replace: string }
}

const clearance = 'src/cluster/clearance.ts'
const settle = 'src/cluster/settle.ts'
const state = 'src/cluster/state.ts'
const speak = 'src/cluster/speak.ts'
const obey = 'src/cluster/obey.ts'
const lastMan = 'src/cluster/lastMan.ts'
const move = 'src/cluster/move.ts'
const cluster = 'src/cluster.ts'
const arbitration = 'src/cluster/arbitration.ts'
const membership = 'src/membership/membership.ts'
const judgement = 'src/membership/judgement.ts'
const reception = 'src/membership/reception.ts'
const session = 'src/membership/session.ts'
const heartbeat = 'src/membership/heartbeat.ts'
const hold = 'src/resources/hold.ts'
const run = 'src/resources/run.ts'
const epoch = 'src/resources/epoch.ts'
const assignment = 'src/resources/assignment.ts'
const truce = 'src/cluster/truce.ts'
const truceOrders = 'src/cluster/truceOrders.ts'
const sight = 'src/cluster/sight.ts'

export const mutants: readonly Mutant[] = [
  // Clearance: what must be true before a start.
  {
    name: 'start without clearance',
    file: settle,
    search: "if (against?.length === 0) return isLetGo(c, group) ? 'run' : 'keep'",
    replace: "if (against !== undefined) return 'run'",
  },
  {
    name: 'a peer that still holds is no obstacle',
    file: clearance,
    search: "if (claim.state !== 'stopped') return",
    replace: "if (claim.state === 'running') return",
  },
  {
    name: 'a peer that knows another move is no obstacle',
    file: clearance,
    search: "    return { code: 'not-agreed', node }",
    replace: '    return undefined',
  },
  {
    name: 'a peer that does not hear us is no obstacle',
    file: clearance,
    search: "return hearsUs(c, peer) ? undefined : { code: 'deaf', node }",
    replace: 'return undefined',
  },
  {
    name: 'an unseen peer is no obstacle',
    file: clearance,
    search: "if (peer.health === 'unseen') return { code: 'unseen', node }",
    replace: "if (peer.health === 'unseen') return undefined",
  },
  {
    name: 'a dead peer needs no fencing',
    file: arbitration,
    search: "if (c.config.fencing) return 'not-fenced'",
    replace: '',
  },
  {
    name: 'silence undoes a failed stop',
    file: clearance,
    search: "claim?.state === 'blocked' && !c.pardoned.has(pardonOf(peer))",
    replace: 'false && claim !== undefined && !c.pardoned.has(pardonOf(peer))',
  },
  {
    name: 'a peer not heard since a pause is believed',
    file: clearance,
    search: "  if (peer.doubtful) return { code: 'doubtful', node }\n",
    replace: '',
  },

  {
    name: 'what a former manager was told is believed by the new one',
    file: membership,
    search: '(heard.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) < bornAtMs',
    replace: 'heard.atMs < 0 * bornAtMs',
  },
  {
    name: 'a word that knows only the former manager clears the way',
    file: membership,
    search: '(heard.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) < bornAtMs',
    replace: 'heard.atMs < bornAtMs',
  },

  // Decisions.
  {
    name: 'decide by an old turn of the beat',
    file: settle,
    search: 'stale: isStale(c, nowMs)',
    replace: 'stale: false',
  },
  {
    name: 'take over whatever the silence of the owner means',
    file: settle,
    search: 'return isFree(c, group, peer) ||',
    replace: 'return true ||',
  },
  {
    name: 'take over although the state folder cannot be written',
    file: settle,
    search: "(gift.to === c.config.self && !c.disk.writable && gift.because !== 'adopted')",
    replace: 'false',
    also: {
      search: 'run.blocked === undefined && c.disk.writable',
      replace: 'run.blocked === undefined',
    },
  },
  {
    name: 'standby does not stop what runs',
    file: settle,
    search: 'if (c.standby || c.leaving !== undefined || c.standing.isolated ||',
    replace: 'if (c.leaving !== undefined || c.standing.isolated ||',
  },
  {
    name: 'a restarted manager does not wait for the others',
    file: settle,
    search: "return run.live > 0 && isUnmoved(c, group) && someUnseen(c) ? 'keep' : 'stop'",
    replace: "return 'stop'",
  },
  {
    name: 'fence once and never again',
    file: settle,
    search: 'before.boot === peer.boot && nowMs < before.askedAtMs + fenceAgainMs',
    replace: 'before.boot === peer.boot',
  },
  {
    name: 'failback undoes an order',
    file: assignment,
    search: " || now.by === 'operator') return undefined",
    replace: ') return undefined',
  },
  {
    name: 'the first home takes all, not the first that is able',
    file: assignment,
    search: 'group.homes.filter(node => node !== except && able(node))',
    replace: 'group.homes.filter(node => node !== except)',
  },

  // Epochs.
  {
    name: 'the lower epoch wins',
    file: epoch,
    search: 'if (a.counter !== b.counter) return a.counter - b.counter',
    replace: 'if (a.counter !== b.counter) return b.counter - a.counter',
  },
  {
    name: 'equal epochs are decided differently on each node',
    file: epoch,
    search: '(order === 0 && theirs.owner < ours.owner)',
    replace: '(order === 0 && theirs.owner !== ours.owner)',
  },
  {
    name: 'an epoch of an earlier life is minted again',
    file: state,
    search: 'Math.max(now.epoch.counter, c.disk.epochFloor) + 1',
    replace: 'now.epoch.counter + 1',
  },
  {
    name: 'epochs are used before they are on disk',
    file: state,
    search: 'counter <= c.disk.saved.epochCeiling ? counter : undefined',
    replace: 'counter',
  },
  {
    name: 'epochs count by steps of nothing',
    file: state,
    search: 'c.disk.epochFloor) + 1',
    replace: 'c.disk.epochFloor)',
  },
  {
    name: 'the minter does not count',
    file: epoch,
    search: 'return a.minter === b.minter ? 0 : a.minter < b.minter ? -1 : 1',
    replace: 'return 0',
  },

  // Running a group.
  {
    name: 'a failed stop counts as stopped',
    file: run,
    search: ': { ...idle, up: Math.min(run.up, job.first), stopTries: 0, blocked: outcome.why }',
    replace: ': { ...idle, up: Math.min(run.up, job.first), live: job.first, stopTries: 0 }',
  },
  {
    name: 'a failed start counts as not running',
    file: run,
    search: "live: job.op === 'start' ? Math.max(run.live, job.last + 1) : run.live",
    replace: 'live: run.live',
  },
  {
    name: 'a good-bye to an earlier manager is believed',
    file: 'src/membership/membership.ts',
    search: 'const left = saysLeft && heard.atMs >= bornAtMs',
    replace: 'const left = saysLeft',
  },
  {
    name: 'a resource that fails is brought back for ever',
    file: 'src/resources/ailment.ts',
    search: 'if (times <= retries) return',
    replace: 'if (times <= retries || times > 0) return',
  },
  {
    name: 'what fails is started again without a stop',
    file: run,
    search: 'if (run.ailing !== undefined) return stopDown(run, group, run.ailing)',
    replace: 'if (run.ailing !== undefined && run.ailing < 0) return stopDown(run, group, run.ailing)',
  },
  {
    name: 'what fails takes down what stands below it',
    file: run,
    search: 'first: Math.max(to, neighbours(resources, live - 1, -1))',
    replace: 'first: Math.min(0, neighbours(resources, live - 1, -1))',
  },
  {
    name: 'stuck, all of it is stopped',
    file: settle,
    search: "return !c.stale && heirOfWorn(c, group) ? 'stop' : 'stay'",
    replace: "return 'stop'",
  },
  {
    name: 'in maintenance failures count',
    file: 'src/cluster/absorb.ts',
    search: 'if (state === undefined || isUntouched(c, name)) return [c, []]',
    replace: 'if (state === undefined) return [c, []]',
  },
  {
    name: 'failures never age out',
    file: 'src/cluster/worn.ts',
    search: 'nowMs < atMs ||',
    replace: 'nowMs < Number.POSITIVE_INFINITY ||',
  },
  {
    name: 'the last man hands over what it has not started',
    file: settle,
    search: '(isFirstHere(c, group) ? undefined : betterThere(c, group, node))',
    replace: '(isFirstHere(c, group) && node === c.config.self ? undefined : betterThere(c, group, node))',
  },
  {
    name: 'a turn that waited takes back what was heard',
    file: 'src/membership/judgement.ts',
    search: 'Math.max(ms, paused ? atMs : Math.min(atMs, ms + lateMs))',
    replace: '(paused ? atMs : Math.min(atMs, ms + lateMs))',
  },
  {
    name: 'stop from left to right',
    file: run,
    search: "{ op: 'stop', first: Math.max(to, neighbours(resources, live - 1, -1)), last: live - 1 }",
    replace: "{ op: 'stop', first: 0, last: 0 }",
  },
  {
    name: 'a probe that failed counts as stopped',
    file: run,
    search: 'if (statuses === undefined) return { up: 0, live: size }',
    replace: 'if (statuses === undefined) return { up: 0, live: 0 }',
  },
  {
    name: 'unknown counts as stopped',
    file: run,
    search: "while (live > 0 && statuses[live - 1] === 'stopped') live--",
    replace: "while (live > 0 && statuses[live - 1] !== 'running') live--",
  },
  {
    name: 'two jobs of a group at once',
    file: run,
    search: '  if (run.job !== undefined) return undefined\n',
    replace: '',
  },
  {
    name: 'start again what failed',
    file: run,
    search: "if (want !== 'stop' && run.failed === undefined) {",
    replace: "if (want !== 'stop') {",
  },
  {
    name: 'a blocked group is tried again by itself',
    file: run,
    search: '  if (run.blocked !== undefined) return undefined\n',
    replace: '',
  },
  {
    name: 'what was not looked at is not held',
    file: run,
    search: "  if (!run.known) return 'unknown'\n",
    replace: '',
  },

  // Leases.
  {
    name: 'no margin for the kernel',
    file: hold,
    search: '1_250 + (seconds * 1_000) / 8 + 100',
    replace: 'seconds * 0',
  },
  {
    name: 'no margin for long leases',
    file: hold,
    search: '1_250 + (seconds * 1_000) / 8 + 100',
    replace: '1_250 + seconds * 0',
  },
  {
    name: 'a beat that stands still renews',
    file: hold,
    search: '}, beatAtMs + freshMs)',
    replace: '}, 1_000 * deadtimeMs + Math.max(beatAtMs, ...contacts.map(peer => peer.echoedSentAtMs ?? 0)))',
  },
  {
    name: 'alone: the keepalive does not count',
    file: hold,
    search: 'deadtimeMs - keepaliveMs - marginMs',
    replace: 'deadtimeMs + keepaliveMs - marginMs',
  },
  {
    name: 'a peer that I hear need not echo me',
    file: hold,
    search: '    if (silent) return',
    replace: '    if (silent || !silent) return',
  },
  {
    name: 'an echo counts from when it is heard',
    file: hold,
    search: '(peer.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) + deadtimeMs - marginMs',
    replace: 'peer.heardAtMs + deadtimeMs - marginMs',
  },
  {
    name: 'an address that has expired is put back while it is being stopped',
    file: speak,
    search: "return keeps && run.job?.op !== 'stop' &&",
    replace: 'return run.live > 0 &&',
  },

  // Who lives.
  {
    name: 'a pause of our own accuses the others',
    file: judgement,
    search: 'lateMs > m.timing.keepaliveMs || paused ? excuse(listening, atMs, lateMs, paused) : listening',
    replace: 'listening',
  },
  {
    name: 'a beat that was gone is not excused',
    file: judgement,
    search: 'Math.max(wokeLateMs, atMs - m.turnAtMs - m.timing.keepaliveMs)',
    replace: 'wokeLateMs',
  },
  {
    name: 'a turn that waited in a queue judges',
    file: judgement,
    search: 'nowMs - atMs > judgeWithinMs(timing)',
    replace: 'false',
  },
  {
    name: 'a beat without a manager is alive for ever',
    file: membership,
    search: 'heard.managerAgeMs < managerGraceMs(m.timing)',
    replace: 'heard.managerAgeMs >= 0',
  },
  {
    name: 'deadtime is half',
    file: judgement,
    search: "peer.health === 'unseen' ? timing.initdeadMs : timing.deadtimeMs",
    replace: "peer.health === 'unseen' ? timing.initdeadMs : timing.deadtimeMs / 2",
  },
  {
    name: 'a node that left is feared',
    file: arbitration,
    search: "if (peer.left || peer.fenced) return 'free'",
    replace: "if (peer.fenced) return 'free'",
  },
  {
    name: 'a fenced start is believed again',
    file: membership,
    search: 'return !peer.fenced && heard.seq > trace.seq',
    replace: 'return heard.seq > trace.seq',
  },

  // Sessions.
  {
    name: 'no proof: any echo will do',
    file: session,
    search: 'datagram.echoes.find(candidate => candidate.boot === tag)',
    replace: 'datagram.echoes.find(candidate => candidate.boot.length === tag.length)',
  },
  {
    name: 'old seqs are news',
    file: session,
    search: "datagram.seq > session.newest ? 'news' : 'copy'",
    replace: "datagram.seq !== session.newest ? 'news' : 'copy'",
  },
  {
    name: 'an older generation opens a session',
    file: session,
    search: 'datagram.gen < session.gen || (datagram.gen === session.gen && !sameBoot)',
    replace: 'datagram.gen < -1',
  },
  {
    name: 'a recording of an older start opens a session',
    file: reception,
    search: 'peer.session !== undefined && !runsNow(step, peer, datagram, verdict.echo)',
    replace: 'peer.session === undefined && !runsNow(step, peer, datagram, verdict.echo)',
  },
  {
    name: 'after a pause old datagrams count',
    file: reception,
    search: 'return nowMs - state.pause.wokeAtMs < config.timing.warntimeMs',
    replace: 'return nowMs < config.timing.warntimeMs - state.pause.wokeAtMs',
  },
  {
    name: 'an echo of a datagram without a manager renews the lease',
    file: reception,
    search: 'provedAtMs(state.sent, echo.seq)',
    replace: 'sentAtMs(state.sent, echo.seq)',
  },
  {
    name: 'after a good-bye the old words count',
    file: heartbeat,
    search: 'if (saidGoodbye || last',
    replace: 'if (last',
  },
  {
    name: 'a new manager is told what was heard before a pause',
    file: heartbeat,
    search: 'if (saidGoodbye || last === undefined || isOld(step.state, last.atMs)) continue',
    replace: 'if (last === undefined) continue',
  },

  // What the others are told.
  {
    name: 'a death is told only with other news',
    file: speak,
    search: 'if (spoken !== undefined && same && sameDead) return c',
    replace: 'if (spoken !== undefined && same) return c',
  },

  // Orders and leaving.
  {
    name: 'takeover of a blocked group',
    file: obey,
    search: 'whyBlocked(c, group) ??\n      doubtAbout(c, group, accept) ??',
    replace: 'doubtAbout(c, group, accept) ??',
  },
  {
    name: 'a move to a node that cannot take it',
    file: move,
    search: '    whyNotNow(c, group, to) ??\n',
    replace: '',
  },
  {
    name: 'a move asks nobody about a silent owner',
    file: move,
    search: 'doubtAbout(c, group, order.accept, words) ?? whyUnread(c, group) ??',
    replace: '',
  },
  {
    name: 'a move to where it is does not stick',
    file: move,
    search: "assignment.owner === to && assignment.by === 'operator'",
    replace: 'assignment.owner === to',
  },
  {
    name: 'clear does not pardon a dead node',
    file: obey,
    search: '      pardoned.add(pardonOf(peer))\n',
    replace: '',
  },
  {
    name: 'leave without stopping',
    file: speak,
    search: 'run.job !== undefined || (holds(run) && run.blocked === undefined && !stays.includes(name))',
    replace: 'false && run !== undefined && stays.includes(name)',
  },
  { name: 'the standby flag is not kept', file: cluster, search: 'standby: saved.standby', replace: 'standby: false' },

  // After a cold start of both.
  {
    name: 'old data do not wait for the last man',
    file: clearance,
    search: 'if (isFirstThere(c, group, peer) &&',
    replace: 'if (isFirstThere(c, group, peer) && !peer.health &&',
  },
  {
    name: 'the last man does not take what is at home elsewhere',
    file: settle,
    search: '    inheritance(c, group, outlook) ??\n',
    replace: '',
  },
  {
    name: 'the second best will do as soon as it has news to tell',
    file: 'src/cluster/sight.ts',
    search: 'waitMs + 4 * keepaliveMs',
    replace: 'waitMs + 2 * keepaliveMs',
  },
  // What operators have stopped, what has failed, what could not start.
  {
    name: 'what an operator has stopped is run all the same',
    file: settle,
    search: " || isHalted(c, group.name)) return 'stop'",
    replace: ") return 'stop'",
  },
  {
    name: 'what may start again need not be on disk',
    file: settle,
    search: "return isLetGo(c, group) ? 'run' : 'keep'",
    replace: "return 'run'",
  },
  {
    name: 'a restarted manager has forgotten what was stopped',
    file: 'src/cluster.ts',
    search: 'saved.halts.get(group.name) ?? neverHalted',
    replace: 'neverHalted',
  },
  {
    name: 'what another node knows to be stopped is not learned',
    file: 'src/cluster/halts.ts',
    search: 'halts > ours.count ? { count: halts } : ours',
    replace: 'halts > ours.count + 1 ? { count: halts } : ours',
  },
  {
    name: 'a restarted manager tries again what has failed too often',
    file: 'src/cluster.ts',
    search: 'run: runAtStart(group, saved),',
    replace: 'run: runAtStart(group, { ...saved, wear: new Map() }),',
  },
  {
    name: 'failback to a node that could not start it',
    file: assignment,
    search: 'outlook.able(home) && !outlook.unready(home) &&',
    replace: 'outlook.able(home) &&',
  },
  {
    name: 'an order stops what runs for a node that could not start it',
    file: 'src/cluster/unready.ts',
    search: "accept === 'outage' || !isUnready(c, group, to)",
    replace: 'accept !== undefined || isUnready(c, group, to)',
  },
  {
    name: 'the last man forgets it before anything has started',
    file: lastMan,
    search: 'c.newest.has(group.name) || isLastMan(c, group)',
    replace: 'isLastMan(c, group)',
  },
  {
    name: 'the last man remembers it when all has started',
    file: lastMan,
    search: 'c.newest.has(group.name) && !hasStarted(c, group)',
    replace: 'c.newest.has(group.name)',
  },
  {
    name: 'whoever was cut off himself is not the last man any more',
    file: lastMan,
    search: "gen > 0 && health !== 'dead' && !doubtful",
    replace: "gen > 0 && health !== 'dead' && (!doubtful || gen > 0)",
  },
  {
    name: 'the last man of one group is that of all',
    file: lastMan,
    search: 'c.newest.has(group.name) || isLastMan(c, group)',
    replace: 'c.newest.size > 0 || isLastMan(c, group)',
  },
  {
    name: 'whoever runs one group alone outlives the other in all',
    file: lastMan,
    search: 'const runs = c.groups.get(name)!.run.live > 0',
    replace: "const runs = name !== '' && [...c.groups.values()].some(({ run }) => run.live > 0)",
  },
  {
    name: 'of two last men this one waits for the other',
    file: lastMan,
    search: 'claim?.newest !== true || c.newest.has(group.name) ||',
    replace: 'claim?.newest !== true ||',
  },
  {
    name: 'of two last men this one is believed',
    file: lastMan,
    search: ' && !isNewestThere(c, group)',
    replace: '',
  },
  {
    name: 'whoever lives on as last man does not say so',
    file: lastMan,
    search: 'saved.lastMan.includes(name) ||',
    replace: '(saved.lastMan.includes(name) && c.inherits) ||',
  },
  {
    name: 'whoever lives on as last man has it believed',
    file: lastMan,
    search: '(c.inherits || isNewestThere(c, group)) && c.newest',
    replace: 'c.newest',
  },
  {
    name: 'the last man counts for addresses too',
    file: lastMan,
    search: "groups.filter(group => safetyClass(group) === 'at-most-one')",
    replace: 'groups',
  },
  {
    name: 'whoever runs data alone, by order, is no last man',
    file: lastMan,
    search: 'return runs && (free ||',
    replace: 'return runs && ((free && peer.gen > 0) ||',
  },
  {
    name: 'the last man gives away what it could not start',
    file: settle,
    search: 'unable: isFirstHere(c, group)',
    replace: 'unable: isFirstHere(c, group) && run.failed === undefined',
  },
  {
    name: 'failback before the newest data have run',
    file: settle,
    search: '      !isFirstHere(c, group) &&\n',
    replace: '',
  },
  {
    name: 'an order moves data away from the last man',
    file: move,
    search: 'isFirstHere(c, group) && to !== c.config.self ? firstHereText(c, group, to) : undefined',
    replace: 'undefined',
  },
  {
    name: 'standby hands over data that the last man has not started',
    file: obey,
    search: '  if (first !== undefined) return [c, refuse(firstHereText(c, first, heirOf(c, first)!))]\n',
    replace: '',
  },

  // Who may act when others are silent.
  {
    name: 'a silent peer is always free to take from',
    file: clearance,
    search: "if (why === 'disarmed' || (why !== 'free' && !accepted('two-holders'))) return { code: why, node }",
    replace: '',
  },
  {
    name: 'an answer on the service network is no sign of life',
    file: arbitration,
    search: "if (turnAtMs - inquiry.answeredAtMs < deadtimeMs) return 'answers'",
    replace: '',
  },
  {
    name: 'one unanswered question is enough after many answered ones',
    file: arbitration,
    search: 'turnAtMs - inquiry.answeredAtMs < deadtimeMs',
    replace: "inquiry.outcome === 'answered'",
  },
  {
    name: 'nobody could be asked, so nobody lives',
    file: arbitration,
    search: "if (inquiry.outcome === 'unable') return 'unable-to-ask'",
    replace: "if (inquiry.outcome === 'unable') return 'free'",
  },
  {
    name: 'nobody looks for a rival',
    file: 'src/cluster/rivals.ts',
    search: "  effects.push({ type: 'watch', groups: groups.slice(from, from + mostAtOnce) })\n",
    replace: '',
  },
  {
    name: 'the home lets go to its rival',
    file: 'src/cluster/rivals.ts',
    search: 'const home = group.homes[0]',
    replace: 'const home = peer?.node',
  },
  {
    name: 'who has a rival keeps what it has',
    file: 'src/cluster/settle.ts',
    search: '    yielding(c, group) ??\n',
    replace: '',
  },
  {
    name: 'what holds data is let go to a rival',
    file: 'src/cluster/rivals.ts',
    search: " || safetyClass(group) === 'at-most-one'",
    replace: '',
  },
  {
    name: 'a rival that is gone is not told of',
    file: 'src/cluster/rivals.ts',
    search: 'else rivals.delete(group)',
    replace: '',
  },
  {
    name: 'take without a ping node',
    file: arbitration,
    search: "if (c.config.pings.length > 0 && !pingFresh(c)) return 'no-ping'",
    replace: '',
  },
  {
    name: 'split_policy wait takes',
    file: arbitration,
    search: "if (c.config.splitPolicy === 'take') return 'free'",
    replace: "if (c.config.splitPolicy !== 'ask') return 'free'",
  },
  {
    name: 'the votes of others are not needed',
    file: arbitration,
    search: "votesAgainst(c, peer.node, nowMs) >= majorityOf(c.config.nodes.length) ? 'free' : 'outvoted'",
    replace: "'free'",
  },
  {
    name: 'half of the nodes are a majority',
    file: arbitration,
    search: 'Math.floor(nodes / 2) + 1',
    replace: 'Math.floor(nodes / 2)',
  },
  {
    name: 'whoever hears me votes with me',
    file: arbitration,
    search: 'if (young && peer.report?.dead.has(node) === true) votes++',
    replace: 'if (young) votes++',
  },
  {
    name: 'a vote counts however old it is',
    file: arbitration,
    search: 'if (young && peer.report?.dead.has(node) === true) votes++',
    replace: 'if (peer.report?.dead.has(node) === true) votes++',
  },
  {
    name: 'the vote of a manager that hangs counts',
    file: arbitration,
    search: 'Math.max(nowMs, members.turnAtMs) - echoedSentAtMs + (wordAtMs - managerSeenAtMs)',
    replace: 'Math.max(nowMs, members.turnAtMs) - echoedSentAtMs',
  },
  {
    name: 'no majority is needed to stay',
    file: arbitration,
    search: 'if (byMajority(c)) return lost(supportedAtMs(c) + config.timing.keepaliveMs)',
    replace: 'if (byMajority(c)) return false',
  },
  {
    name: 'two nodes without ping and peer stay as they are',
    file: arbitration,
    search: 'return alone && lost(pingedAtMs(c))',
    replace: 'return false',
  },
  {
    name: 'a lost ping node is enough to let go',
    file: arbitration,
    search: 'return alone && lost(pingedAtMs(c))',
    replace: 'return lost(pingedAtMs(c))',
  },
  {
    name: 'who has just woken up calls himself cut off',
    file: arbitration,
    search: 'const listeningMs = Math.max(members.bornAtMs, members.wokeAtMs)',
    replace: 'const listeningMs = members.bornAtMs',
  },
  {
    name: 'leases ask for the nearest supporter only',
    file: arbitration,
    search: 'return counted[majorityOf(config.nodes.length) - 1] ?? Number.POSITIVE_INFINITY',
    replace: 'return counted.at(-1) ?? Number.POSITIVE_INFINITY',
  },
  {
    name: 'leases need no majority',
    file: state,
    search: 'if (byMajority(c)) return holdWhileSupported(supportedAtMs(c), timing, beatAtMs)',
    replace: '',
  },
  {
    name: 'leases need no ping node',
    file: hold,
    search: 'Math.min(untilMs, pingedUntilMs)',
    replace: 'untilMs',
  },
  {
    name: 'a peer never heard asks for no ping node',
    file: state,
    search: 'heardAtMs: away ? Number.NEGATIVE_INFINITY : wordAtMs',
    replace: 'heardAtMs: away ? Number.POSITIVE_INFINITY : wordAtMs',
  },
  {
    name: 'a node that is cut off goes on',
    file: settle,
    search: 'if (c.standby || c.leaving !== undefined || c.standing.isolated ||',
    replace: 'if (c.standby || c.leaving !== undefined ||',
  },
  {
    name: 'fence without a majority',
    file: settle,
    search: '      isAgreedDead(c, peer, nowMs),\n',
    replace: '      (isAgreedDead(c, peer, nowMs) || true),\n',
  },
  {
    name: 'data that may be old is started after a cold start',
    file: clearance,
    search: "if (mayBeStale(c, group, peer) && !accepted('stale-disk')) return { code: 'stale', node }",
    replace: '',
  },
  {
    name: 'who has met nobody is the last man',
    file: 'src/cluster/lastMan.ts',
    search: 'if (free && peer.gen > 0) return true',
    replace: 'if (free) return true',
  },
  {
    name: 'what an operator accepted outlives the return of the peer',
    file: state,
    search: '{pardonOf(peer)}`\n',
    replace: '{peer.node}`\n',
  },
  {
    name: 'a host that lives runs nothing',
    file: arbitration,
    search: "&& safetyClass(group) === 'at-least-one'",
    replace: '',
  },
  {
    name: 'both nodes take at once what nobody answers for',
    file: arbitration,
    search: "const nobodys = why === 'deserted' || (why === 'alive' && mine)",
    replace: "const nobodys = why === 'deserted' || (why === 'alive' && mine !== undefined)",
  },
  {
    name: 'what was found out long ago counts as now',
    file: arbitration,
    search: "if (turnAtMs - inquiry.sentAtMs > 2 * keepaliveMs + longestAskMs) return 'asking'",
    replace: '',
  },
  {
    name: 'a former manager has never been answered',
    file: arbitration,
    search: "if (turnAtMs - bornAtMs < deadtimeMs) return 'asking'",
    replace: '',
  },
  {
    name: 'who comes back from isolation goes on where he was',
    file: cluster,
    search: 'const back = c.standing.isolated && !standing.isolated',
    replace: 'const back = false',
  },
  // What operators have suspended.
  {
    name: 'who has not confirmed is relied on',
    file: truce,
    search:
      'return word === undefined || compareEpochs(word.epoch, own.epoch) > 0 ? Number.NEGATIVE_INFINITY : endOf(word)',
    replace:
      'return word === undefined || compareEpochs(word.epoch, own.epoch) > 0 ? Number.POSITIVE_INFINITY : endOf(word)',
  },
  {
    name: 'it is confirmed before it is on disk',
    file: speak,
    search: '    truce: c.disk.saved.truce,',
    replace: '    truce: c.truce,',
  },
  {
    name: 'whoever ends it himself still relies on it',
    file: truce,
    search: '  let untilMs = endOf(truce)\n',
    replace: '  let untilMs = Number.POSITIVE_INFINITY\n',
  },
  {
    name: 'relied on to the very end',
    file: truce,
    search: '  return untilMs - letGoMs(config.timing)',
    replace: '  return untilMs',
  },
  {
    name: 'taken although disarmed',
    file: truce,
    search: '  if (isDisarmed(c)) return true\n',
    replace: '  if (isDisarmed(c)) return false\n',
  },
  {
    name: 'armed again, whoever does not know of it is taken from',
    file: truce,
    search: 'return c.truce !== undefined && c.truce.boundEndMs > c.members.turnAtMs && !hasConfirmed(c.truce, peer)',
    replace: 'return false',
  },
  {
    name: 'who arms forgets what was promised',
    file: truceOrders,
    search: '  boundEndMs: boundEndAfter(c.truce),\n',
    replace: '  boundEndMs: 0,\n',
  },
  {
    name: 'who learns that it is over forgets what he promised',
    file: truce,
    search: 'boundEndMs: boundEndAfter(own), promises } }',
    replace: 'boundEndMs: 0, promises } }',
  },
  {
    name: 'an end heard later makes it longer',
    file: truce,
    search: '  const disarmedEndMs = Math.min(ours.disarmedEndMs, atMs + word.disarmedEndMs)',
    replace: '  const disarmedEndMs = Math.max(ours.disarmedEndMs, atMs + word.disarmedEndMs)',
  },
  {
    name: 'an old word teaches what was suspended',
    file: truce,
    search: 'if (sentMs === undefined || sentMs < c.members.bornAtMs) return c',
    replace: 'if (sentMs === undefined) return c',
  },
  {
    name: 'it is not on disk',
    file: settle,
    search: '    ...(c.truce === undefined ? {} : { truce: c.truce }),\n',
    replace: '',
  },
  {
    name: 'cut off, leases end although nobody may take',
    file: state,
    search: '  return Math.max(byContact(c), Math.min(mayHoldOnUntilMs(c), awakeMs))',
    replace: '  return byContact(c)',
  },
  {
    name: 'what is in maintenance is moved',
    file: settle,
    search: 'isUntouched(c, group.name) || (c.standing.isolated',
    replace: '(c.standing.isolated',
  },
  {
    name: 'what is in maintenance is started and stopped',
    file: settle,
    search: "  if (draft !== undefined && draft.op !== 'probe' && isUntouched(c, group.name)) return c\n",
    replace: '',
  },
  {
    name: 'an owner of what is in maintenance is shot',
    file: settle,
    search: '      !mayRunMaintained(c, peer) &&\n',
    replace: '',
  },
  {
    name: 'maintenance makes a node that is cut off keep what others may take',
    file: truce,
    search: '  if (standing.isolated && members.turnAtMs >= mayKeepUntilMs(c, group)) return false\n',
    replace: '',
  },
  {
    name: 'of two holders in maintenance none lets go',
    file: truce,
    search: '  return ![...members.peers.keys()].some(',
    replace: '  return ![...members.peers.keys()].slice(9).some(',
  },
  {
    name: 'orders for what is in maintenance are obeyed',
    file: obey,
    search: '  if (suspended !== undefined) return [c, refuse(suspended)]\n',
    replace: '',
  },
  {
    name: 'who was given a group before it fell silent has nothing of it',
    file: 'src/cluster/lent.ts',
    search: ' || c.lent.has(keyOf(group, peer))',
    replace: '',
  },
  {
    name: 'what others have promised is forgotten with a restart',
    file: truce,
    search: "  boot === '' ? own.promises.find(promise => promise.node === node)?.word : report?.truce",
    replace: '  boot === node ? own.promises[0]?.word : report?.truce',
  },

  // Hand-over to a node that can serve better.
  {
    name: 'hand over at the first sight of a difference',
    file: sight,
    search: "age === 'sure' && !again ? 'sure' : 'new'",
    replace: "again ? 'new' : 'sure'",
  },
  {
    name: 'a difference that was true of the peer long ago is sure',
    file: sight,
    search: 'return echoedSentAtMs - (wordAtMs - managerSeenAtMs)',
    replace: 'return members.turnAtMs',
  },
  {
    name: 'a word of a manager that does not move is of now',
    file: sight,
    search: 'return echoedSentAtMs - (wordAtMs - managerSeenAtMs)',
    replace: 'return echoedSentAtMs',
  },
  {
    name: 'what came for ping nodes goes on for them at once',
    file: sight,
    search: " && !again ? 'sure'",
    replace: " ? 'sure'",
  },
  {
    name: 'an order is undone for what was so before it',
    file: sight,
    search: "assignment.by === 'operator' && changedAtMs <=",
    replace: 'false && changedAtMs <=',
  },
  {
    name: 'the switch that restarts moves what has been disarmed for it',
    file: sight,
    search: ' || c.standing.disarmed) return undefined',
    replace: ') return undefined',
  },
  {
    name: 'hand over for ping nodes without ipfail',
    file: sight,
    search: 'c.config.ipfail && report.configDigest',
    replace: 'report.configDigest',
  },
  {
    name: 'counts of different ping nodes are compared',
    file: sight,
    search: 'c.config.ipfail && report.configDigest === c.config.configDigest',
    replace: 'c.config.ipfail',
  },
  {
    name: 'a manager that has just started has lost its ping nodes',
    file: sight,
    search: 'hoped: listening ? answering.length : pings.length',
    replace: 'hoped: answering.length',
  },
  {
    name: 'hand over to a node that sees as many ping nodes',
    file: sight,
    search: "theirs > hoped ? 'better'",
    replace: "theirs >= hoped ? 'better'",
  },
  {
    name: 'hand over to a node that has no carrier either',
    file: sight,
    search: "here === claim.dark ? 'level' : here ? 'better' : 'worse'",
    replace: "here ? 'better' : claim.dark ? 'worse' : 'level'",
  },
  {
    name: 'a port that negotiates anew moves everything',
    file: sight,
    search: 'Math.max(3_000, pingWaitMs(timing))',
    replace: 'Math.min(1_000, pingWaitMs(timing))',
  },
  {
    name: 'fail back to a home that can serve less',
    file: assignment,
    search: ' && outlook.asGood(home)',
    replace: '',
  },
  {
    name: 'fail back as soon as the home can serve again',
    file: sight,
    search: "is !== 'worse' && age === 'old'",
    replace: "is !== 'worse'",
  },
  {
    name: 'hand over to whoever stands first, not to whoever sees most',
    file: assignment,
    search: '.toSorted((a, b) => rank(b) - rank(a))',
    replace: '',
  },
  {
    name: 'hand over to whoever is sure first, though a better one will be so in a moment',
    file: assignment,
    search: "better(node)!.is === 'old'",
    replace: "better(node)!.is !== 'new'",
  },
  {
    name: 'a better node that does not hear this one is waited for for ever',
    file: assignment,
    search: "others.find(node => better(node)!.is === 'old')",
    replace: 'undefined',
  },
  {
    name: 'a home without carrier takes over before one with',
    file: assignment,
    search: 'homes.find(node => !dark(node) && !unready(node)) ??',
    replace: '',
  },
]
