/** Which routes lead to many IPv4 addresses: asked once for neighbours, not once for each. */
import { routesLine } from './lines.ts'
import { covers } from './place.ts'
import { type Route, readRoutes } from './shown.ts'

export interface RouteQuestions {
  /** Each is answered by one line. */
  readonly lines: readonly string[]
  /** @param answers to these lines, in their order; what follows is not looked at */
  read(answers: readonly string[]): Map<string, readonly Route[]>
}

/** The routes to all of a /24 and those into it are all that can lead to an address of it. */
export function routesTo4(addresses: readonly string[]): RouteQuestions {
  const blocks = new Map<string, string[]>()
  for (const address of addresses) {
    const block = `${address.slice(0, address.lastIndexOf('.'))}.0/24`
    const same = blocks.get(block)
    if (same) same.push(address)
    else blocks.set(block, [address])
  }
  const asked = [...blocks].map(([block, within]) => {
    const lines =
      within.length === 1
        ? [routesLine('match', within[0]!)]
        : ['match' as const, 'root' as const].map(relation => routesLine(relation, block))
    return { lines, within }
  })
  return {
    lines: asked.flatMap(({ lines }) => lines),
    read(answers) {
      const found = new Map<string, readonly Route[]>()
      let at = 0
      for (const { lines, within } of asked) {
        const mine = answers.slice(at, at + lines.length)
        at += lines.length
        for (const address of within) found.set(address, narrowestFirst(mine, address))
      }
      return found
    },
  }
}

function narrowestFirst(answers: readonly string[], address: string): readonly Route[] {
  return answers
    .flatMap(line => readRoutes(line, (network, prefix) => covers(network, prefix, address)))
    .sort((a, b) => b.prefix - a.prefix)
}
