/** The copy on a node that is not primary is written only where the resource is up: somebody has to bring it up at boot. */
import { bringUp } from './bringUp.ts'
import type { Operation } from './call.ts'

/** @returns what hinders it, for the log; undefined: all of them are up. */
export async function bringAllUp(operation: Operation, names: readonly string[]): Promise<string | undefined> {
  const troubles: string[] = []
  for (const name of names) {
    const up = await bringUp(operation, name, false)
    if ('failed' in up) troubles.push(up.failed)
  }
  return troubles.length === 0 ? undefined : troubles.join('; ')
}
