import { call, type Operation, sayRan } from './call.ts'
import type { Wanted } from './wanted.ts'

/** The resources that are meant; for `all` those of the configuration. */
export async function namesOf(
  operation: Operation,
  wanted: Wanted,
): Promise<readonly string[] | { readonly unknown: string }> {
  if (wanted !== 'all') return wanted
  const ran = await call(operation, 'drbdadm', ['sh-resources'])
  const names = ran.output.split(/\s+/).filter(word => word !== '')
  return ran.ok && names.length > 0 ? names : { unknown: sayRan(ran, 'all') }
}
