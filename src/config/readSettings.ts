/** The files in, settings and everything that is wrong with them out. The only door to this folder for the rest. */
import type { Group } from '../types.ts'
import { comparable } from './addresses.ts'
import { readAgentsIni } from './agentsIni.ts'
import { readAuthKeys } from './authKeys.ts'
import { fnv1a } from './digest.ts'
import { type HaCf, readHaCf } from './haCf.ts'
import { readHaResources } from './haResources.ts'
import type { HostFacts } from './host.ts'
import { peersOf } from './media.ts'
import { agreedOn, usualOperations } from './operations.ts'
import {
  type Complaints,
  complaintsAbout,
  type Files,
  type Note,
  type Problem,
  type SourceFile,
  wholeFile,
} from './problem.ts'
import type { Taken } from './rows.ts'
import type { Settings } from './settings.ts'

export interface Reading {
  /** undefined if and only if one of the problems is an error. */
  readonly settings: Settings | undefined
  /** Errors and warnings, in the order of files and lines. */
  readonly problems: readonly Problem[]
  /** What was understood and has nothing to do here. */
  readonly notes: readonly Note[]
}

/** Reads all files and reports everything at once. Pure: what has to be known of the machine is in `host`. */
export function readSettings(files: Files, host: HostFacts): Reading {
  const about = {
    haCf: complaintsAbout(files.haCf.name),
    haResources: complaintsAbout(files.haResources.name),
    authKeys: complaintsAbout(files.authKeys.name),
    agentsIni: complaintsAbout(files.agentsIni?.name ?? 'agents.ini'),
  }
  const haCf = isThere(files.haCf, newHaCf, about.haCf) ? readHaCf(files.haCf.text, host, about.haCf) : undefined
  const groups = isThere(files.haResources, newHaResources, about.haResources)
    ? readHaResources(
        files.haResources.text,
        {
          nodes: haCf?.nodes ?? [],
          spares: haCf?.spares ?? [],
          host,
          taken: takenBy(haCf),
          autoFailback: haCf?.autoFailback === true,
        },
        about.haResources,
      )
    : []
  const keys = isThere(files.authKeys, newKeys(files.authKeys.name), about.authKeys)
    ? readAuthKeys(files.authKeys, haCf?.allowInsecureAuth ?? false, about.authKeys)
    : undefined
  const { agentsIni } = files
  if (agentsIni?.unreadable) sayUnreadable(agentsIni.unreadable, about.agentsIni)
  const operations = readAgentsIni(
    agentsIni,
    {
      resources: groups.flatMap(({ resources }) => resources),
      complete: files.haResources.text !== undefined && about.haResources.problems.every(isWarning),
      agentKeys: agent => host.agentKeys?.(agent) ?? [],
      settingsProblem: (resource, own) => (haCf ? host.settingsProblem?.(resource, own, haCf.self) : undefined),
    },
    about.agentsIni,
  )
  const all = [about.haCf, about.haResources, about.authKeys, about.agentsIni]
  const problems = all.flatMap(complaints => complaints.problems.sort(byPlace))
  const notes = all.flatMap(complaints => complaints.notes.sort(byPlace))
  const failed = !problems.every(isWarning)
  if (failed || !haCf || !keys) return { settings: undefined, problems, notes }
  return { settings: settle(haCf, groups, keys, operations), problems, notes }
}

const isWarning = ({ level }: Problem): boolean => level === 'warning'

type OfAll = Settings['operations']

function settle(haCf: HaCf, groups: readonly Group[], keys: Settings['keys'], operations: OfAll): Settings {
  const { allowInsecureAuth: _, ...rest } = haCf
  const digests = { configDigest: configDigest(haCf, operations), groupsDigest: groupsDigest(groups) }
  return { ...rest, groups: groups.map(group => patient(group, operations)), operations, keys, ...digests }
}

/** What the core has to know of agents.ini stands with each resource of which it says anything. */
const patient = (group: Group, operations: OfAll): Group => ({
  ...group,
  resources: group.resources.map(resource => {
    const { retries, failoverLimit, forgetAfterMs } = operations.get(resource.name) ?? usualOperations
    const patience = { retries, failoverLimit, forgetAfterMs }
    const { retries: often, failoverLimit: limit, forgetAfterMs: afterMs } = usualOperations
    const usual = retries === often && failoverLimit === limit && forgetAfterMs === afterMs
    return usual ? resource : { ...resource, patience }
  }),
})

/** Addresses that no group may have, because ha.cf says that others have them. */
const takenBy = (haCf: HaCf | undefined): Taken => ({
  peers: peersOf(haCf?.links ?? []),
  pings: new Set(haCf?.pings.flatMap(({ addresses }) => addresses.map(comparable)) ?? []),
})

/** Of what all nodes must agree on. The order of words is part of the wire format. */
function configDigest(haCf: HaCf, operations: OfAll): number {
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = haCf.timing
  const words = [
    ...[keepaliveMs, warntimeMs, deadtimeMs, initdeadMs, haCf.autoFailback ? 'on' : 'off', haCf.splitPolicy],
    ...['deadping', haCf.deadpingMs, 'ping', ...haCf.pings.map(({ name }) => comparable(name)).sort()],
    ...['spare', ...haCf.spares, haCf.ipfail ? 'ipfail' : ''],
  ]
  const agreed = agreedOn(operations) // nothing where all is as usual: then older versions agree too
  return fnv1a([...words, ...(agreed.length > 0 ? ['agents', ...agreed] : [])].join(' '))
}

/** Of what each group is, whatever order they stand in. */
function groupsDigest(groups: readonly Group[]): number {
  const lines = groups.map(({ homes, resources }) =>
    [homes.join(','), ...resources.map(resource => resource.name)].join(' '),
  )
  return fnv1a(lines.sort().join('\n'))
}

function isThere(file: SourceFile, fix: string, complain: Complaints): file is SourceFile & { text: string } {
  if (file.text !== undefined) return true
  if (file.unreadable) sayUnreadable(file.unreadable, complain)
  else complain.error('HA001', wholeFile, { text: 'no such file', why: 'Tandem does not start without it', fix })
  return false
}

const sayUnreadable = (why: string, complain: Complaints): void =>
  complain.error('HA002', wholeFile, { text: 'cannot be read', why, fix: 'run this as root' })

const newHaCf =
  'write at least: node, bcast, keepalive, deadtime, auto_failback (see /usr/share/doc/tandem/examples/ha.cf)'
const newHaResources = 'write a line such as: alpha 10.0.0.100/24/eth0 apache2'
const newKeys = (name: string): string => `run: (umask 077; tandem key new > ${name}), and copy it to the other nodes`

function byPlace(a: Problem | Note, b: Problem | Note): number {
  return a.line - b.line || a.column - b.column
}
