/** agents.ini: how each resource is looked after. The file may be missing; what is written in it must be understood. */
import type { Resource } from '../types.ts'
import { type AgentKey, type KeyValue, operationKeys, readKeyValue } from './agentKeys.ts'
import { checkSecretFile } from './agentsFile.ts'
import type { HostFacts } from './host.ts'
import { type IniKey, readIni } from './iniLines.ts'
import type { Word } from './lines.ts'
import { type Operations, operationsWith } from './operations.ts'
import { type Complaints, type SourceFile, wholeFile } from './problem.ts'
import { covers, isDefault, meantSection, type Pieces, piecesOf } from './sections.ts'
import { nearest } from './suggest.ts'

export interface Around {
  /** Of all groups. */
  readonly resources: readonly Resource[]
  /** False: words of haresources were wrong and are missing. */
  readonly complete: boolean
  readonly agentKeys: NonNullable<HostFacts['agentKeys']>
  /** What is wrong with these settings of that resource; undefined = nothing. */
  settingsProblem?(resource: Resource, operations: Operations): string | undefined
}

interface Section {
  readonly name: Word
  /** Empty: about everything. */
  readonly pieces: Pieces
  readonly values: ReadonlyMap<string, KeyValue>
}

/** Of every resource, by its name as written in haresources. */
export function readAgentsIni(
  file: SourceFile | undefined,
  around: Around,
  complain: Complaints,
): ReadonlyMap<string, Operations> {
  const read = file?.text === undefined ? [] : readIni(file.text, complain)
  const named = read.map(({ name, keys }) => ({ name, keys, pieces: isDefault(name.text) ? [] : piecesOf(name.text) }))
  if (file && named.some(({ pieces, keys }) => keys.some(({ key }) => isSecret(key.text, pieces, around))))
    checkSecretFile(file, complain)
  sayRepeats(named, complain)
  const sections = named.map(({ name, pieces, keys }): Section => {
    const about = around.resources.filter(resource => covers(pieces, piecesOf(resource.name)))
    if (about.length === 0 && pieces.length > 0) sayNoResource(name, around, complain)
    if (about.length > 0 && about.every(({ address }) => address) && pieces.length > 0) noteUnlimited(keys, complain)
    return { name, pieces, values: readValues(keys, pieces, around, complain) }
  })
  const settled = new Map(around.resources.map(resource => [resource.name, settle(resource, sections, around)]))
  for (const resource of around.resources) {
    const text = around.settingsProblem?.(resource, settled.get(resource.name)!)
    if (text === undefined) continue
    const at = placeFor(resource, sections) ?? wholeFile
    const fix = `write it under [${resource.name}]; man agents.ini shows how`
    complain.error('HA414', at, { text, why: `${resource.name} cannot run without it`, fix })
  }
  return settled
}

/** The section that is nearest to it. */
const placeFor = ({ name }: Resource, sections: readonly Section[]): Word | undefined =>
  sections
    .filter(({ pieces }) => pieces.length > 0 && covers(pieces, piecesOf(name)))
    .toSorted((a, b) => b.pieces.length - a.pieces.length)[0]?.name

/** The longer name wins, wherever it stands. */
function settle({ name }: Resource, sections: readonly Section[], { agentKeys }: Around): Operations {
  const pieces = piecesOf(name)
  const about = sections.filter(section => covers(section.pieces, pieces))
  const values = about.toSorted((a, b) => a.pieces.length - b.pieces.length).flatMap(section => [...section.values])
  return operationsWith(new Map(values), agentKeys(pieces[0]!))
}

const keysFor = (pieces: Pieces, { agentKeys }: Around): readonly AgentKey[] =>
  pieces[0] === undefined ? operationKeys : [...operationKeys, ...agentKeys(pieces[0])]

/** Also by its name: one that is misspelt may be a password all the same. */
function isSecret(key: string, pieces: Pieces, around: Around): boolean {
  const known = keysFor(pieces, around).find(({ name }) => name === key)
  return known ? known.kind === 'secret' : /pass|secret|token/i.test(key)
}

function readValues(keys: readonly IniKey[], pieces: Pieces, around: Around, complain: Complaints) {
  const known = keysFor(pieces, around)
  const values = new Map<string, KeyValue>()
  for (const { key, value } of keys) {
    const rule = known.find(({ name }) => name === key.text)
    if (!rule) {
      sayUnknownKey(key, pieces, around, complain)
      continue
    }
    if (value.text === '') {
      const fix = `write ${rule.name} = ${rule.default ?? examples[rule.kind]}, or remove the line`
      complain.error('HA405', key, {
        text: `"${rule.name}" without a value`,
        why: 'a value is missing after this',
        fix,
      })
      continue
    }
    const read = readKeyValue(rule, value.text)
    if ('bad' in read) complain.error('HA409', value, read.bad)
    else values.set(rule.name, read.value)
    if (rule.name === 'monitor_interval' && 'value' in read && Number(read.value) < 1_000) sayOften(value, complain)
  }
  return values
}

const examples: Readonly<Record<AgentKey['kind'], string>> = {
  time: '60s',
  'time or off': '60s',
  count: '3',
  switch: 'on',
  text: 'TEXT',
  secret: 'TEXT',
}

function sayUnknownKey(key: Word, pieces: Pieces, around: Around, complain: Complaints): void {
  const known = keysFor(pieces, around).map(({ name }) => name)
  const agents = new Set(around.resources.map(({ name }) => piecesOf(name)[0]!))
  const owner = [...agents].find(agent => around.agentKeys(agent).some(({ name }) => name === key.text))
  const meant = nearest(key.text.replaceAll('-', '_'), known)
  const why = owner
    ? `only ${owner} takes it`
    : `not a key ${pieces[0] ? `of ${pieces[0]}` : 'that all resources have'}`
  const fix = owner
    ? `write it under [${owner}]`
    : meant
      ? `did you mean "${meant}"?`
      : `the keys are ${known.join(', ')}; remove the line, or put # before it`
  complain.error('HA404', key, { text: `unknown key "${key.text}"`, why, fix })
}

function sayNoResource(name: Word, { resources, complete }: Around, complain: Complaints): void {
  if (!complete) return
  const names = [...new Set(resources.map(resource => resource.name))]
  const meant = meantSection(name.text, names)
  const listed = names.length > 4 ? [...names.slice(0, 4), '...'] : names
  const there = listed.length > 0 ? `haresources has ${listed.join(', ')}` : 'haresources has no resources'
  const fix = meant ? `did you mean [${meant}]?` : `${there}; write the beginning of one, or remove the section`
  complain.warning('HA408', name, { text: `no resource of haresources is "${name.text}"`, why: 'not obeyed', fix })
}

function sayRepeats(
  sections: readonly { readonly name: Word; readonly pieces: Pieces; readonly keys: readonly IniKey[] }[],
  complain: Complaints,
): void {
  const first = new Map<string, Word>()
  const latest = new Map<string, Word>()
  for (const { name, pieces, keys } of sections) {
    const id = JSON.stringify(pieces)
    const earlier = first.get(id)
    if (earlier) {
      const why = `line ${earlier.line} begins it already`
      complain.warning('HA407', name, { text: `"${name.text}" is given twice`, why, fix: 'put its keys together' })
    }
    first.set(id, earlier ?? name)
    for (const { key } of keys) {
      const before = latest.get(`${id} ${key.text}`)
      if (before) {
        const text = `${key.text} is set again in line ${key.line}`
        complain.warning('HA406', before, { text, why: 'the last one counts', fix: 'keep one of them' })
      }
      latest.set(`${id} ${key.text}`, key)
    }
  }
}

function sayOften(at: Word, complain: Complaints): void {
  complain.warning('HA410', at, {
    text: `monitor_interval ${at.text} is very short`,
    why: 'a program is started for each look',
    fix: 'write monitor_interval = 1s or more',
  })
}

function noteUnlimited(keys: readonly IniKey[], complain: Complaints): void {
  for (const { key } of keys.filter(one => /^(start|stop|monitor)_timeout$/.test(one.key.text)))
    complain.note('HA413', key, `${key.text}: the kernel adds, shows and removes an address at once, or not at all`)
}
