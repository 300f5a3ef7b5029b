/** Questions to the one long-lived `ip`, answered by what it then shows. */
import type { LongLived } from '../longLived.ts'
import { isInterfaces, isLoopback, routesLine, showAllLine, showLines } from './lines.ts'
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
  const lines = [...v4, ...v6].map(({ family, address }) => routesLine(family, address)).join('')
  const answer = await ip.ask(lines + showAllLine, isInterfaces)
  if ('noAnswer' in answer) return answer
  const routesTo = new Map<string, readonly Route[]>()
  v4.forEach(({ address }, i) => void routesTo.set(address, readRoutes(answer.lines[i] ?? '')))
  for (const { address } of v6) {
    const line = answer.lines.slice(v4.length).find(text => text.startsWith(`[{"dst":"${address}"`))
    routesTo.set(address, readRoutes(line ?? ''))
  }
  return { interfaces: readInterfaces(answer.lines.at(-1) ?? ''), complaints: answer.complaints, routesTo }
}
