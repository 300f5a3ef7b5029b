/** What differs between two nodes and will hurt when a group moves. Pure: facts in, sentences out. */
import type { Facts } from './facts.ts'
import type { Remark } from './remark.ts'

/** How far their clocks are apart, as far as it could be told. */
export interface Skew {
  readonly apartMs: number
  readonly uncertainMs: number
}

export function differences(mine: Facts, theirs: Facts, skew: Skew | undefined): readonly Remark[] {
  const pair = { mine, theirs }
  return [
    ...configurations(pair),
    ...accounts(pair),
    ...links(pair),
    ...packages(pair),
    ...keys(pair),
    ...clocks(pair, skew),
  ]
}

interface Pair {
  readonly mine: Facts
  readonly theirs: Facts
}

function configurations({ mine, theirs }: Pair): readonly Remark[] {
  const differ = (what: string): Remark => ({
    level: 'error',
    text: `${what} on ${mine.node} and ${theirs.node}; copy it from the one that is right`,
  })
  return [
    ...(mine.configDigest === theirs.configDigest
      ? []
      : [differ('ha.cf does not say the same of what all must share')]),
    ...(mine.groupsDigest === theirs.groupsDigest ? [] : [differ('haresources does not say the same')]),
  ]
}

/** A file on a disk that moves belongs to a number. */
function accounts({ mine, theirs }: Pair): readonly Remark[] {
  const users = compare<Remark>(mine.users, theirs.users, (name, here, there) => {
    const [uid, gid] = here.split(':')
    return {
      level: 'error',
      text: `user ${name} is ${here} (uid:gid) on ${mine.node} and ${there} on ${theirs.node}: its files on a disk that moves belong to somebody else there; on ${theirs.node}, with its services stopped: usermod -u ${uid} -g ${gid} ${name}, then chown what it has`,
    }
  })
  const groups = compare<Remark>(mine.groups, theirs.groups, (name, here, there) => ({
    level: 'error',
    text: `group ${name} is ${here} on ${mine.node} and ${there} on ${theirs.node}; on ${theirs.node}: groupmod -g ${here} ${name}`,
  }))
  const alone = [...only(mine, theirs), ...only(theirs, mine)]
  return [...users, ...groups, ...alone]
}

const only = (one: Facts, other: Facts): readonly Remark[] =>
  Object.keys(one.users)
    .filter(name => !Object.hasOwn(other.users, name))
    .map(name => ({ level: 'warning', text: `user ${name} is on ${one.node} and not on ${other.node}` }))

/** Whatever is a link on one node and a folder on the other is found empty, or old, after a move. */
function links({ mine, theirs }: Pair): readonly Remark[] {
  const missing = (one: Facts, other: Facts): readonly Remark[] =>
    Object.entries(one.links)
      .filter(([path]) => !Object.hasOwn(other.links, path))
      .map(([path, target]) => ({
        level: 'error',
        text: `${path} is a link to ${target} on ${one.node}, and not on ${other.node}; there, with its services stopped: move what is at ${path} away, then ln -s ${target} ${path}`,
      }))
  const elsewhere = compare<Remark>(mine.links, theirs.links, (path, here, there) => ({
    level: 'error',
    text: `${path} leads to ${here} on ${mine.node} and to ${there} on ${theirs.node}`,
  }))
  return [...missing(mine, theirs), ...missing(theirs, mine), ...elsewhere]
}

function packages({ mine, theirs }: Pair): readonly Remark[] {
  const versions = compare<Remark>(mine.packages, theirs.packages, (name, here, there) => ({
    level: 'warning',
    text: `${name} is ${here} on ${mine.node} and ${there} on ${theirs.node}`,
  }))
  const missing = (one: Facts, other: Facts): readonly Remark[] =>
    Object.keys(one.packages)
      .filter(name => !Object.hasOwn(other.packages, name))
      .map(name => ({ level: 'warning', text: `the package ${name} is on ${one.node} and not on ${other.node}` }))
  return [...versions, ...missing(mine, theirs), ...missing(theirs, mine)]
}

/** Needed only where somebody comes to the service address by ssh: that is for the administrator to know. */
function keys({ mine, theirs }: Pair): readonly Remark[] {
  const hosts = compare(mine.hostKeys, theirs.hostKeys, name => name)
  const users = compare(mine.userKeys, theirs.userKeys, name => name)
  const note = (text: string): Remark => ({ level: 'note', text })
  return [
    ...(hosts.length > 0
      ? [
          note(
            `ssh host keys differ (${hosts.join(', ')}): whoever uses ssh to the service address is warned after a move`,
          ),
        ]
      : []),
    ...(users.length > 0
      ? [note(`the ssh keys of ${users.join(', ')} differ: hosts that let one node in may refuse the other`)]
      : []),
  ]
}

/** A second matters to people who read two logs side by side, and to replication that compares times. */
const tolerableMs = 1_000

function clocks({ mine, theirs }: Pair, skew: Skew | undefined): readonly Remark[] {
  if (skew === undefined || Math.abs(skew.apartMs) - skew.uncertainMs < tolerableMs) return []
  const seconds = (Math.abs(skew.apartMs) / 1_000).toFixed(1)
  const way = skew.apartMs > 0 ? 'ahead of' : 'behind'
  return [
    {
      level: 'warning',
      text: `the clock of ${theirs.node} is ${seconds} s ${way} that of ${mine.node}; chronyc tracking`,
    },
  ]
}

/** One for each name that both have, with different values. */
function compare<T>(
  mine: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
  say: (name: string, here: string, there: string) => T,
): readonly T[] {
  return Object.entries(mine).flatMap(([name, here]) => {
    const there = Object.hasOwn(theirs, name) ? theirs[name] : undefined
    return there === undefined || there === here ? [] : [say(name, here, there)]
  })
}
