/** Is there a split brain that nobody has solved? DRBD itself remembers it in no state, only in its log. */
import { call, type Operation } from './call.ts'
import { logSaysSplit } from './splitLog.ts'
import { type DrbdState, isConnected } from './state.ts'

export async function isSplit(operation: Operation, name: string, state: DrbdState): Promise<boolean> {
  if (isConnected(state)) return false
  if (state.splitBrain || operation.host.drbd.states().get(name)?.splitBrain === true) return true
  const ran = await call(operation, 'dmesg', [])
  return (
    ran.ok &&
    logSaysSplit(
      ran.output,
      name,
      [...state.volumes.values()].map(({ minor }) => minor),
    )
  )
}
