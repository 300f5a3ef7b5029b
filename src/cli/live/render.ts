/** `tandem check --live` for people. */
import { createColors } from 'picocolors'
import type { Status } from '../../types.ts'
import type { Compared, Live } from './live.ts'
import type { Remark } from './remark.ts'

export function renderLive({ node, resources, host, compared }: Live, color: boolean): string {
  const paint = createColors(color)
  const marks = { error: paint.red('error'), warning: paint.yellow('warning'), note: paint.dim('note') }
  const tell = ({ level, text }: Remark): string => `      ${marks[level]}: ${text}\n`
  const width = Math.max(0, ...resources.map(({ resource }) => resource.length))
  const groups = [...new Set(resources.map(({ group }) => group))].map(group => {
    const lines = resources
      .filter(one => one.group === group)
      .map(({ resource, status, findings }) => {
        const verdict = verdictOf(status, findings)
        return `    ${resource.padEnd(width)}  ${verdict}\n${findings.map(tell).join('')}`
      })
    return `  ${paint.bold(group)}\n${lines.join('')}`
  })
  const here = host.length === 0 ? '' : `  this host\n${host.map(tell).join('')}`
  const beside = (one: Compared): string =>
    `compared with ${one.node}${one.by ? ` (${one.by})` : ''}: ${one.by ? verdictOn(one.findings, 'alike') : 'not done'}\n${one.findings.map(tell).join('')}`
  return `live on ${node}:\n${groups.join('')}${here}${compared.map(beside).join('')}`
}

const verdictOf = (status: Status, findings: readonly Remark[]): string => {
  if (status === 'running') return 'runs here'
  return status === 'unknown' ? 'may run here' : verdictOn(findings, 'ready')
}

function verdictOn(findings: readonly Remark[], good: string): string {
  if (findings.some(({ level }) => level === 'error')) return `not ${good}`
  return findings.some(({ level }) => level === 'warning') ? `${good}, but` : good
}

export const findingsOf = ({ resources, host, compared }: Live): readonly Remark[] => [
  ...resources.flatMap(({ findings }) => findings),
  ...host,
  ...compared.flatMap(({ findings }) => findings),
]
