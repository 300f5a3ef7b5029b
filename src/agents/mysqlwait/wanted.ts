/** Where the database is, and who asks it. */
import type { AgentKey } from '../../config/agentKeys.ts'
import type { BindContext, Problem } from '../agent.ts'
import type { Wanted } from './ask.ts'

export const usage = 'mysqlwait::ADDRESS[:PORT]'

export const keys: readonly AgentKey[] = [
  { name: 'user', kind: 'text', default: 'tandem', summary: 'the account that asks; it needs no rights but to log in' },
  { name: 'password', kind: 'secret', default: undefined, summary: 'of that account' },
  {
    name: 'answer_within',
    kind: 'time',
    default: '5s',
    summary: 'a database that does not answer within this time takes no writes',
  },
]

export function readWanted(args: readonly string[], { resource, operations }: BindContext): Wanted | Problem {
  // An IPv6 address without its brackets was cut at its `::`.
  const place = args.join('::')
  const [, bracketed, plain, digits = '3306'] = /^(?:\[([^\]]+)\]|([A-Za-z0-9_.-]+))(?::(\d+))?$/.exec(place) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535)
    return {
      problem: `${resource}: "${place}" is no address of a database; write ${usage}, as in mysqlwait::10.0.0.50:3306`,
    }
  const own = operations?.own
  return {
    place: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    user: String(own?.get('user') ?? 'tandem'),
    password: operations?.secrets.get('password'),
    answerMs: Number(own?.get('answer_within') ?? 5_000),
  }
}
