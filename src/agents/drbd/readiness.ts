/** Could this host make it primary now? Answered from what DRBD tells of itself; a tool is asked only where it tells nothing. */
import { cannot, type Hindrance, might } from '../readiness.ts'
import { call, type Operation, sayRan } from './call.ts'
import { mayPromote } from './judge.ts'
import { look } from './look.ts'
import { namesOf } from './names.ts'
import { progressOf, sayProgress } from './progress.ts'
import { connectionsOf, type DrbdState, isConnected, isUp } from './state.ts'
import type { Wanted } from './wanted.ts'

export async function drbdReadiness(operation: Operation, wanted: Wanted): Promise<readonly Hindrance[]> {
  const loadable = await moduleReadiness(operation)
  if (loadable.some(({ level }) => level === 'error')) return loadable
  const names = await namesOf(operation, wanted)
  if ('unknown' in names) return [...loadable, cannot(names.unknown)]
  const found: Hindrance[] = [...loadable]
  for (const name of names) found.push(...(await ofOne(operation, name)))
  return found
}

async function moduleReadiness(operation: Operation): Promise<readonly Hindrance[]> {
  if (operation.host.exists('/proc/drbd')) return []
  const ran = await call(operation, 'modprobe', ['-n', 'drbd'])
  return ran.ok
    ? [might('the kernel module drbd is not loaded; a start loads it')]
    : [cannot(`the kernel module drbd cannot be loaded: ${sayRan(ran, 'drbd')}; install it for this kernel`)]
}

async function ofOne(operation: Operation, name: string): Promise<readonly Hindrance[]> {
  const { drbd } = operation.host
  const told = drbd.following ? drbd.states().get(name) : undefined
  if (isUp(told)) return judgeReady(operation, name, told)
  const seen = drbd.following ? { state: undefined } : await look(operation, name)
  if ('unknown' in seen) return [might(`the state of ${name} cannot be told: ${seen.unknown}`)]
  return seen.state === undefined ? notUp(operation, name) : judgeReady(operation, name, seen.state)
}

/** The rule of a start; and what would make it a start without the newest data. */
function judgeReady({ host }: Operation, name: string, state: DrbdState): readonly Hindrance[] {
  const verdict = mayPromote(name, state, state.splitBrain, sayProgress(progressOf(state, host.read('/proc/drbd'))))
  if (verdict.is === 'refuse') return [cannot(verdict.why)]
  if (verdict.is === 'wait') return [might(verdict.why)]
  if (isConnected(state)) return []
  const words = connectionsOf(state).map(one => one.state)
  return [
    might(
      `${name} is not connected (${words.join(', ') || 'StandAlone'}): what is written elsewhere does not come here; see drbdadm status ${name} on both nodes`,
    ),
  ]
}

async function notUp(operation: Operation, name: string): Promise<readonly Hindrance[]> {
  const ran = await call(operation, 'drbdadm', ['sh-dev', name])
  if (!ran.ok) return [cannot(sayRan(ran, name))]
  return [might(`${name} is not up here: nothing is written to its copy; type here: drbdadm up ${name}`)]
}
