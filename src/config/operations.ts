/** How one resource is looked after: what agents.ini says of it, and what holds where it says nothing. */
import { type AgentKey, type KeyValue, type OperationKey, operationKeys, readKeyValue } from './agentKeys.ts'
import { sayDuration } from './durations.ts'

export interface Operations {
  readonly monitorIntervalMs: number | 'off'
  /** Of the three timeouts undefined is the limit that its kind of agent has. */
  readonly monitorTimeoutMs: number | undefined
  readonly startTimeoutMs: number | undefined
  readonly stopTimeoutMs: number | undefined
  /** Restarts here before the group moves. */
  readonly retries: number
  /** Moves because of failures before the group is stuck. */
  readonly failoverLimit: number
  readonly forgetAfterMs: number
  /** What its agent declares, by the name in the file, with the defaults it declares. */
  readonly own: ReadonlyMap<string, KeyValue>
  /** Passwords, by the name in the file: for the agent alone, never to be shown. */
  readonly secrets: ReadonlyMap<string, string>
}

type Field = Exclude<keyof Operations, 'own' | 'secrets'>
const fields: Readonly<Record<OperationKey, Field>> = {
  monitor_interval: 'monitorIntervalMs',
  monitor_timeout: 'monitorTimeoutMs',
  start_timeout: 'startTimeoutMs',
  stop_timeout: 'stopTimeoutMs',
  retries: 'retries',
  failover_limit: 'failoverLimit',
  forget_after: 'forgetAfterMs',
}

/** @param values by key, each read by its kind. @param declared the keys of its agent. */
export function operationsWith(values: ReadonlyMap<string, KeyValue>, declared: readonly AgentKey[]): Operations {
  const valueFor = (key: AgentKey): KeyValue | undefined => values.get(key.name) ?? defaultOf(key)
  const common = Object.fromEntries(operationKeys.map(key => [fields[key.name], valueFor(key)]))
  const written = declared.flatMap((key): [AgentKey, KeyValue][] => {
    const value = valueFor(key)
    return value === undefined ? [] : [[key, value]]
  })
  const isSecret = ([key]: readonly [AgentKey, KeyValue]): boolean => key.kind === 'secret'
  return {
    ...(common as unknown as Pick<Operations, Field>), // the table of keys has the kind of each field
    own: new Map(written.filter(one => !isSecret(one)).map(([key, value]) => [key.name, value])),
    secrets: new Map(written.filter(isSecret).map(([key, value]) => [key.name, String(value)])),
  }
}

function defaultOf(key: AgentKey): KeyValue | undefined {
  const read = key.default === undefined ? undefined : readKeyValue(key, key.default)
  return read && 'value' in read ? read.value : undefined
}

/** Where agents.ini says nothing, and the agent declares nothing. */
export const usualOperations: Operations = operationsWith(new Map(), [])

/** What differs from the usual, by the names in the file; of a password only that there is one. */
export function sayOperations(operations: Operations): string[] {
  const common = operationKeys.flatMap(({ name, kind }) => {
    const value = operations[fields[name]]
    if (value === undefined || value === usualOperations[fields[name]]) return []
    return `${name} ${typeof value === 'number' && kind !== 'count' ? sayDuration(value) : value}`
  })
  const own = [...operations.own].map(
    ([name, value]) => `${name} ${value === true ? 'on' : value === false ? 'off' : value}`,
  )
  return [...common, ...own, ...[...operations.secrets.keys()].map(name => `${name} is set`)]
}

/** What decides when a group moves or is stuck: all nodes must mean the same. Empty where all is as usual. */
export function agreedOn(operations: ReadonlyMap<string, Operations>): string[] {
  const words = [...operations].flatMap(([resource, { retries, failoverLimit, forgetAfterMs }]) => {
    const usual = usualOperations
    const same =
      retries === usual.retries && failoverLimit === usual.failoverLimit && forgetAfterMs === usual.forgetAfterMs
    return same ? [] : `${resource} ${retries} ${failoverLimit} ${forgetAfterMs}`
  })
  return words.sort()
}
