import { parseDuration } from '../../config/durations.ts'
import type { Outcome } from '../../types.ts'
import {
  type Agent,
  type Bound,
  done,
  failed,
  type Host,
  isProblem,
  type Seen,
  type Timeouts,
  timeoutsFor,
} from '../agent.ts'
import { cannot } from '../readiness.ts'
import { adviceFor } from './advice.ts'
import { call, type Operation, sayRan } from './call.ts'
import { readConfig } from './config.ts'
import { newLooks } from './doubts.ts'
import { everything } from './follow.ts'
import { judgeRunning, worstOf } from './judge.ts'
import { namesOf } from './names.ts'
import { outdate } from './outdate.ts'
import { bringAllUp } from './prepare.ts'
import { drbdReadiness } from './readiness.ts'
import { startOne } from './start.ts'
import { isUp } from './state.ts'
import { stopOne } from './stop.ts'
import { parseWanted, usage } from './wanted.ts'

/** A fence-peer handler may wait for Heartbeat's deadtime. */
const timeouts: Timeouts = { startMs: 90_000, stopMs: 60_000, monitorMs: 20_000 }

/** Heartbeat's drbddisk: start makes primary, stop makes secondary. */
export const drbd: Agent = {
  meta: {
    name: 'drbddisk',
    summary: 'A DRBD resource (8.4 or 9), primary on one node at a time; it is brought up where nobody has done that',
    usage,
    timeouts,
    aliases: ['drbd'],
    keys: [
      {
        name: 'connect_wait',
        kind: 'time',
        default: '5s',
        summary: 'a start that had to bring it up waits so long for the peer, which may have newer data',
      },
      {
        name: 'sync_wait',
        kind: 'time',
        default: '10s',
        summary: 'a start waits so long for a resync that is under way here; after that it is refused',
      },
    ],
  },
  bind(args, context): Bound | { problem: string } {
    const wanted = parseWanted(args)
    if (isProblem(wanted)) return wanted
    const { resource } = context
    const limits = timeoutsFor(timeouts, context)
    const time = (key: string, usualMs: number): number => {
      const value = context.operations?.own.get(key)
      return typeof value === 'number' ? value : usualMs
    }
    const looks = newLooks()
    const waits = { connectWaitMs: time('connect_wait', 5_000), syncWaitMs: time('sync_wait', 10_000) }
    const begin = (host: Host, action: Operation['action'], limitMs: number): Operation => ({
      host,
      resource,
      action,
      untilMs: host.clock.nowMs() + limitMs,
    })
    return {
      resource,
      kind: 'drbd',
      timeouts: limits,
      drbd: wanted,
      lastStop: () => ({
        by: 'program',
        file: 'drbdadm',
        args: ['secondary', ...(wanted === 'all' ? [wanted] : wanted)],
        env: {},
        limitMs: limits.stopMs,
      }),
      async prepare(host) {
        const operation = begin(host, 'start', limits.startMs)
        const names = await namesOf(operation, wanted)
        if ('unknown' in names) return failed(names.unknown)
        const trouble = await bringAllUp(operation, names)
        return trouble === undefined ? done : failed(trouble)
      },
      outdate: (host, name) => outdate(begin(host, 'monitor', limits.monitorMs), name),
      async start(host) {
        const operation = begin(host, 'start', limits.startMs)
        const names = await namesOf(operation, wanted)
        if ('unknown' in names) return failed(names.unknown)
        return inOrder(names, name => startOne(operation, name, waits))
      },
      async stop(host) {
        const operation = begin(host, 'stop', limits.stopMs)
        looks.forget()
        if (!host.exists('/proc/drbd')) return done
        const names = await namesOf(operation, wanted)
        if ('unknown' in names) return failed(names.unknown)
        return inOrder([...names].reverse(), name => stopOne(operation, name))
      },
      async monitor(host) {
        const operation = begin(host, 'monitor', limits.monitorMs)
        if (!host.exists('/proc/drbd')) return { status: 'stopped' }
        const names = await namesOf(operation, wanted)
        if ('unknown' in names) return { status: 'unknown', why: names.unknown }
        const seen: Seen[] = []
        for (const name of names) seen.push(await looks.look(operation, name)) // their output shares a file
        return worstOf(seen)
      },
      troubles: looks.problems,
      async advice(host) {
        const operation = begin(host, 'monitor', limits.monitorMs)
        const ran = await call(operation, 'drbdadm', ['dump', 'all'])
        if (!ran.ok) return [cannot(sayRan(ran, wanted === 'all' ? wanted : wanted.join(' ')))]
        const deadtime = parseDuration(context.directives.get('deadtime') ?? '30')
        const around = {
          deadtimeMs: 'value' in deadtime ? deadtime.value : undefined,
          isNine: /^version: 9/m.test(host.read('/proc/drbd') ?? ''),
        }
        const all = [...readConfig(ran.output)].filter(([name]) => wanted === 'all' || wanted.includes(name))
        return all.flatMap(([name, options]) => adviceFor(name, options, around))
      },
      ready: host => drbdReadiness(begin(host, 'monitor', limits.monitorMs), wanted),
      follow(host, ailing) {
        const ends = (wanted === 'all' ? [everything] : wanted).map(name =>
          host.drbd.follow(name, told => {
            const state = host.drbd.states().get(told)
            const seen = judgeRunning(told, isUp(state) ? state : undefined)
            if (!host.drbd.following || seen.status !== 'running') ailing()
          }),
        )
        return () => {
          for (const end of ends) end()
        }
      },
    }
  },
}

async function inOrder(names: readonly string[], work: (name: string) => Promise<Outcome>): Promise<Outcome> {
  for (const name of names) {
    const outcome = await work(name)
    if (!outcome.ok) return outcome
  }
  return done
}
