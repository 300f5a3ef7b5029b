/** One look at a resource, by a program of its own: true also where the child that follows events has fallen silent. */
import { explain } from '../ran.ts'
import { call, type Operation } from './call.ts'
import { absorbLine, type DrbdState, type DrbdStates, isSnapshotEnd, isUp } from './state.ts'

export type Look = { readonly state: DrbdState | undefined } | { readonly unknown: string }

/** @returns state undefined: it is not up here, or the module is not even loaded. */
export async function look(operation: Operation, name: string): Promise<Look> {
  if (!operation.host.exists('/proc/drbd')) return { state: undefined }
  const ask = () => call(operation, 'drbdsetup', ['events2', '--now', name])
  const first = await ask()
  // Its log is emptied now and then, and an answer may fall into that moment.
  const ran = first.ok && first.output === '' ? await ask() : first
  const lines = ran.output.split('\n')
  if (!ran.ok || !lines.some(isSnapshotEnd)) return { unknown: explain(ran) }
  let states: DrbdStates = new Map()
  for (const line of lines) states = absorbLine(states, line)[0]
  const state = states.get(name)
  return { state: isUp(state) ? state : undefined }
}
