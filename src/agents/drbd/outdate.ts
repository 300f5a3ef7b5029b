/** Makes the copy here known as old, in its own meta data: it is not made primary any more before it is equal again. */
import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { call, type Operation, sayRan } from './call.ts'
import { look } from './look.ts'
import { diskOf } from './state.ts'

/** `drbdadm outdate` ends well where it has done nothing (connected, primary): what counts is the state afterwards. */
export async function outdate(operation: Operation, name: string): Promise<Outcome> {
  const ran = await call(operation, 'drbdadm', ['outdate', name])
  const after = await look(operation, name)
  if ('unknown' in after) return failed(after.unknown)
  if (after.state === undefined) return failed(`${name} is not up`)
  const disk = diskOf(after.state)
  if (/^(Outdated|Inconsistent|Diskless|Failed)$/.test(disk)) return done
  return failed(ran.ok ? `drbdadm outdate ${name} said nothing, but it is ${disk}` : sayRan(ran, name))
}
