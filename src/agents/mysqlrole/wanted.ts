/** What agents.ini says of a pair of databases: where they are, who asks them, and what is put up with. */
import type { AgentKey } from '../../config/agentKeys.ts'
import type { Operations } from '../../config/operations.ts'
import type { Problem } from '../agent.ts'

export const usage = 'mysqlrole[::NAME]'

export const keys: readonly AgentKey[] = [
  {
    name: 'databases',
    kind: 'text',
    default: undefined,
    summary: 'where each node has it, as the other nodes reach it: alpha=10.0.0.1:3306, beta=10.0.0.2:3306',
  },
  {
    name: 'socket',
    kind: 'text',
    default: '/run/mysqld/mysqld.sock',
    summary: 'how the node itself reaches its own',
  },
  { name: 'user', kind: 'text', default: 'tandem', summary: 'the account that looks, promotes and demotes' },
  { name: 'password', kind: 'secret', default: undefined, summary: 'of that account' },
  { name: 'replication_user', kind: 'text', default: 'repl', summary: 'the account that a replica fetches with' },
  { name: 'replication_password', kind: 'secret', default: undefined, summary: 'of that account' },
  {
    name: 'max_lag',
    kind: 'time',
    default: '60s',
    summary: 'a replica that was further behind is not promoted',
  },
  {
    name: 'drain_timeout',
    kind: 'time',
    default: '60s',
    summary: 'a replica that has not applied within this time what it received is not promoted',
  },
  {
    name: 'answer_within',
    kind: 'time',
    default: '5s',
    summary: 'a database that does not answer within this time stands still',
  },
  {
    name: 'look_every',
    kind: 'time',
    default: '2s',
    summary: 'from one look at all databases to the next, on every node',
  },
  {
    name: 'semi_sync',
    kind: 'switch',
    default: 'on',
    summary: 'a commit waits until a replica has it; off: what was committed last may be lost with the primary',
  },
  {
    name: 'semi_sync_timeout',
    kind: 'time',
    default: '10s',
    summary: 'a commit waits no longer for a replica; from then on none waits until one has caught up',
  },
]

export interface Place {
  readonly host: string
  readonly port: number
}

export interface Wanted {
  /** As in haresources, without the agent: names files and sentences. */
  readonly name: string
  /** By node. */
  readonly places: ReadonlyMap<string, Place>
  readonly socket: string
  readonly user: string
  readonly password: string | undefined
  readonly replicationUser: string
  readonly replicationPassword: string
  readonly maxLagMs: number
  readonly drainMs: number
  readonly answerMs: number
  readonly lookEveryMs: number
  readonly semiSync: boolean
  readonly semiSyncMs: number
}

/** @param node this one, which must be among the databases. */
export function readWanted(
  args: readonly string[],
  resource: string,
  node: string,
  operations: Operations,
): Wanted | Problem {
  const [name = 'database', ...more] = args
  if (more.length > 0 || !/^[A-Za-z0-9_.-]+$/.test(name))
    return { problem: `${resource}: a name of letters, digits, "_", "-" and "." is all it takes; write ${usage}` }
  const text = (key: string): string => String(operations.own.get(key) ?? '')
  const ms = (key: string): number => Number(operations.own.get(key))
  const places = readPlaces(text('databases'))
  if ('problem' in places) return { problem: `agents.ini: databases of ${resource}: ${places.problem}` }
  if (!places.found.has(node))
    return {
      problem: `agents.ini: databases of ${resource} does not name ${node}; add ${node}=ADDRESS:3306, and the other nodes`,
    }
  return {
    name,
    places: places.found,
    socket: text('socket'),
    user: text('user'),
    password: operations.secrets.get('password'),
    replicationUser: text('replication_user'),
    replicationPassword: operations.secrets.get('replication_password') ?? '',
    maxLagMs: ms('max_lag'),
    drainMs: ms('drain_timeout'),
    answerMs: ms('answer_within'),
    lookEveryMs: ms('look_every'),
    semiSync: operations.own.get('semi_sync') !== false,
    semiSyncMs: ms('semi_sync_timeout'),
  }
}

const example = 'write alpha=10.0.0.1:3306, beta=10.0.0.2:3306'

function readPlaces(text: string): { readonly found: ReadonlyMap<string, Place> } | Problem {
  const found = new Map<string, Place>()
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const [, node, bracketed, plain, port] = /^([^=]+)=(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(word) ?? []
    const host = bracketed ?? plain
    if (node === undefined || host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535)
      return { problem: `"${word}" is no NODE=ADDRESS:PORT; ${example}` }
    if (found.has(node.toLowerCase())) return { problem: `${node} is named twice; ${example}` }
    found.set(node.toLowerCase(), { host, port: Number(port ?? 3306) })
  }
  if (found.size < 2) return { problem: `${found.size === 0 ? 'it is missing' : 'one node is no pair'}; ${example}` }
  return { found }
}
