/**
 * The word that is left for the last-resort stop (`bin/last-resort`): what this node holds and how each resource is stopped
 * without us. It has no Node and no JSON: one word of what to do a line, blanks and all else that is special as %XX.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LastStop } from '../agents/agent.ts'
import { startTimeOf } from '../agents/processStat.ts'
import { isUntouched } from '../cluster/truce.ts'
import type { Cluster } from '../cluster.ts'
import { managerGraceMs } from '../membership/patience.ts'
import { holds } from '../resources/run.ts'
import type { GroupName, Timing } from '../types.ts'

export interface Holding {
  readonly timing: Timing
  /** undefined: none answers at the moment. */
  readonly beatPid: number | undefined
  /** Those that may be running here; none that operators have forbidden us to touch. */
  readonly groups: readonly GroupName[]
  lastStops(group: GroupName): readonly LastStop[]
}

/** Moves of many groups are one write. */
const gatherMs = 20
/** A run folder that is full now may have room then. */
const againMs = 500

/** To be called after each round of the core: tells what this node holds whenever that may have changed. */
export function watchHeld(
  { timing, lastStops }: Pick<Holding, 'timing' | 'lastStops'>,
  tell: (holding: Holding) => void,
): (c: Cluster, beatPid: number | undefined) => void {
  let seen: Cluster | undefined
  let seenPid: number | undefined
  return (c, beatPid) => {
    const { maintained } = c.standing
    // What operators have forbidden us to touch hangs on more than that, and is seldom.
    const hasChanged = c.groups !== seen?.groups || maintained !== seen.standing.maintained || maintained.size > 0
    if (!hasChanged && beatPid === seenPid) return
    seen = c
    seenPid = beatPid
    const groups = [...c.groups].flatMap(([name, { run }]) => (holds(run) && !isUntouched(c, name) ? name : []))
    tell({ timing, beatPid, groups, lastStops })
  }
}

export function keepWord(runDir: string): { tell(holding: Holding): void; close(): void } {
  const path = join(runDir, 'held')
  let told: string | undefined
  let latest: Holding | undefined
  let timer: NodeJS.Timeout | undefined

  function write(): void {
    timer = undefined
    if (latest === undefined) return
    try {
      if (latest.groups.length === 0) return rmSync(path, { force: true })
      writeFileSync(`${path}.new`, wordOf(latest, startTimeOf), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch {
      timer = setTimeout(write, againMs).unref()
    }
  }

  return {
    tell(holding) {
      // A beat that has just gone is still named: that it has gone is what has to be seen.
      const beatPid = holding.beatPid ?? latest?.beatPid
      const key = `${beatPid} ${holding.groups.join(' ')}`
      if (key === told) return
      told = key
      latest = { ...holding, beatPid }
      timer ??= setTimeout(write, gatherMs)
    },
    close() {
      clearTimeout(timer)
      write()
    },
  }
}

/** `startTimeOf`: with the process number it names a process for good. */
export function wordOf({ timing, beatPid, groups, lastStops }: Holding, startTimeOf: (pid: number) => string): string {
  // So long a peer believes heartbeats without a manager; then they are silence. For ever where there is no lease.
  const graceMs = managerGraceMs(timing)
  const lines = [
    ['timing', timing.keepaliveMs, timing.deadtimeMs, ...(Number.isFinite(graceMs) ? [graceMs] : [])],
    ...(beatPid === undefined ? [] : [['beat', beatPid, startTimeOf(beatPid)]]),
    ...groups.flatMap(group => [['group', group], ...lastStops(group).map(wordsOf)]),
  ]
  return lines.map(words => `${words.map(word => encodeURIComponent(word)).join(' ')}\n`).join('')
}

function wordsOf(stop: LastStop): readonly (string | number)[] {
  switch (stop.by) {
    case 'program': {
      const env = Object.entries(stop.env).map(([name, value]) => `${name}=${value}`)
      return ['program', stop.limitMs, env.length, ...env, stop.file, ...stop.args]
    }
    case 'unit':
      return ['unit', stop.limitMs, stop.unit]
    case 'address':
      return ['address', stop.address]
    case 'umount':
      return ['umount', stop.limitMs, stop.directory]
  }
}
