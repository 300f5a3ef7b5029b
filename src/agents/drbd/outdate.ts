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
  const disk = after.state === undefined ? await diskOfMetaData(operation, name) : diskOf(after.state)
  if (/^(Outdated|Inconsistent|Diskless|Failed)$/.test(disk)) return done
  return failed(ran.ok ? `drbdadm outdate ${name} said nothing, but it is ${disk}` : sayRan(ran, name))
}

/** Of a resource that is down its meta data tell, in the first of two words: `Outdated/DUnknown`, or one alone. */
async function diskOfMetaData(operation: Operation, name: string): Promise<string> {
  const ran = await call(operation, 'drbdadm', ['dstate', name])
  return ran.ok ? ran.output.trim().split(/[/\s]/)[0]! : 'not up, and has no meta data'
}
