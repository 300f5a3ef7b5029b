/** Lines of the manager, read with suspicion: what does not fit is named and dropped, and the beat goes on. */
import { mostGroups, mostNodes } from '../membership/codebook.ts'
import { highestGen } from '../membership/packet.ts'
import { claimStates } from '../types.ts'
import type { ToBeat } from './lines.ts'

export type ReadLine = ToBeat | { readonly problem: string }
type Words = Readonly<Record<string, unknown>>

export function readLine(text: string): ReadLine {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return { problem: 'not JSON' }
  }
  if (!isWords(line)) return { problem: 'not an object' }
  const problem = wrongIn(line)
  return problem === undefined ? (line as unknown as ToBeat) : { problem }
}

function wrongIn(line: Words): string | undefined {
  switch (line['type']) {
    case 'settings':
      return isWords(line['settings']) ? first(settingsRules, line['settings'], 'settings') : 'settings is no object'
    case 'report':
      if (!isWords(line['report'])) return 'report is no object'
      return first(reportRules, line['report'], 'report') ?? first({ turnMs: isNumber }, line, 'report line')
    case 'alive':
      return first({ turnMs: isNumber, calm: value => value === undefined || isFlag(value) }, line, 'alive')
    case 'stats?':
    case 'end':
      return undefined
    default:
      return `unknown type ${JSON.stringify(line['type'])}`
  }
}

type Rules = Readonly<Record<string, (value: unknown) => boolean>>

function first(rules: Rules, words: Words, where: string): string | undefined {
  const wrong = Object.entries(rules).find(([name, fits]) => !fits(words[name]))
  return wrong && `${where}: ${wrong[0]} is ${JSON.stringify(words[wrong[0]])?.slice(0, 80)}`
}

const isWords = (value: unknown): value is Words => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isWhole = (highest: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= highest
const isList = (fits: (value: unknown) => boolean, most: number) => (value: unknown) =>
  Array.isArray(value) && value.length <= most && value.every(fits)
const isShape = (rules: Rules) => (value: unknown) => isWords(value) && first(rules, value, '') === undefined
const isOneOf = (words: readonly unknown[]) => (value: unknown) => words.includes(value)
const isPositive = (value: unknown): boolean => isNumber(value) && (value as number) > 0
const isDigest = isWhole(0xffffffff)

const settingsRules: Rules = {
  clusterName: isText,
  self: isText,
  nodes: isList(isText, mostNodes),
  timing: isShape({ keepaliveMs: isPositive, warntimeMs: isPositive, deadtimeMs: isPositive }),
  links: isList(isLink, 64),
  gen: isWhole(highestGen),
  genGuessed: isFlag,
  keys: isKeys,
  groups: isList(isText, mostGroups),
  avoid: value => value === undefined || isList(isText, 10_000)(value),
}

function isLink(value: unknown): boolean {
  const all = { name: isText, device: isText, port: isWhole(65_535) }
  if (!isWords(value) || !isShape(all)(value)) return false
  switch (value['kind']) {
    case 'bcast':
      return true
    case 'ucast':
      return isText(value['peer'])
    case 'mcast':
      return isShape({ group: isText, ttl: isWhole(255), loop: isFlag })(value)
    default:
      return false
  }
}

function isKeys(value: unknown): boolean {
  if (!isWords(value) || !isWords(value['secrets'])) return false
  const secrets = Object.entries(value['secrets'])
  const sound = secrets.every(
    ([id, hex]) => /^\d{1,3}$/.test(id) && Number(id) < 256 && typeof hex === 'string' && /^([0-9a-f]{2})+$/i.test(hex),
  )
  return sound && secrets.some(([id]) => Number(id) === value['send'])
}

const reportRules: Rules = {
  standby: isFlag,
  leaving: isFlag,
  left: isFlag,
  unwritable: isFlag,
  configDigest: isDigest,
  groupsDigest: isDigest,
  dead: isList(isText, mostNodes),
  truce: value => value === undefined || isTruce(value),
  pings: isWhole(10_000),
  claims: value => value === undefined || areClaims(value),
  changed: value => value === undefined || areClaims(value),
}

const isTruce = isShape({
  epoch: isShape({ counter: isWhole(Number.MAX_SAFE_INTEGER), minter: isText }),
  disarmedEndMs: isNumber,
  maintainedEndMs: isNumber,
  groups: isList(isText, mostGroups),
})

const isClaim = isShape({
  assignment: isShape({
    owner: isText,
    epoch: isShape({ counter: isWhole(Number.MAX_SAFE_INTEGER), minter: isText }),
    by: isOneOf(['policy', 'operator']),
    because: isText, // a manager that is newer than this beat may know more of them, and they are for people only
  }),
  state: isOneOf(claimStates),
  failed: isFlag,
  dark: isFlag,
  newest: isFlag,
  unready: isFlag,
  outdated: isFlag,
  halts: isWhole(Number.MAX_SAFE_INTEGER),
})

const areClaims = isList(
  value => Array.isArray(value) && value.length === 2 && isText(value[0]) && isClaim(value[1]),
  mostGroups,
)
