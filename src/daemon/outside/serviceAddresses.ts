/** The addresses among the resources of a group, as written. */
import { parseWanted, type Wanted } from '../../agents/address/wanted.ts'
import { isProblem } from '../../agents/agent.ts'
import type { Group } from '../../types.ts'

export function serviceAddresses({ resources }: Group): readonly Wanted[] {
  return resources
    .filter(({ address }) => address)
    .map(({ args }) => parseWanted(args.join('::')))
    .filter((one): one is Wanted => !isProblem(one))
}
