/** Questions to the one long-lived `ip`, answered by what it then shows. */
import type { LongLived } from '../longLived.ts'
import { isInterfaces, isLoopback, routeLine6, showAllLine, showLines } from './lines.ts'
import { routesTo4 } from './routes.ts'
import { type Interface, type Route, readInterfaces, readRoutes } from './shown.ts'
import type { Wanted } from './wanted.ts'

export interface Look {
  readonly interfaces: readonly Interface[]
  readonly complaints: readonly string[]
}

export type Looked = Look | { readonly noAnswer: string }

/** Does these lines, then shows all interfaces. */
export async function doAndLook(ip: LongLived, lines: string): Promise<Looked> {
  const answer = await ip.ask(lines + showAllLine, isInterfaces)
  if ('noAnswer' in answer) return answer
  return { interfaces: readInterfaces(answer.lines.at(-1) ?? ''), complaints: answer.complaints }
}

/** Does these lines, then shows these interfaces only: a host may have thousands. */
export async function doAndLookAt(ip: LongLived, lines: string, devices: Iterable<string>): Promise<Looked> {
  const answer = await ip.ask(lines + showLines(devices), isLoopback)
  if ('noAnswer' in answer) return answer
  return { interfaces: answer.lines.flatMap(readInterfaces), complaints: answer.complaints }
}

/** All interfaces, and for each address the routes that lead there. */
export async function survey(
  ip: LongLived,
  wanted: readonly Wanted[],
): Promise<(Look & { readonly routesTo: ReadonlyMap<string, readonly Route[]> }) | { readonly noAnswer: string }> {
  const v4 = wanted.filter(({ family }) => family === 4)
  const v6 = wanted.filter(({ family }) => family === 6)
  const asked4 = routesTo4(v4.map(({ address }) => address))
  const lines6 = v6.map(({ address }) => routeLine6(address))
  const answer = await ip.ask([...asked4.lines, ...lines6, showAllLine].join(''), isInterfaces)
  if ('noAnswer' in answer) return answer
  const routesTo = asked4.read(answer.lines)
  for (const { address } of v6) {
    const line = answer.lines.slice(asked4.lines.length).find(text => text.startsWith(`[{"dst":"${address}"`))
    routesTo.set(address, readRoutes(line ?? ''))
  }
  return { interfaces: readInterfaces(answer.lines.at(-1) ?? ''), complaints: answer.complaints, routesTo }
}
