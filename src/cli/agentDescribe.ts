/** `tandem agent describe`: what an agent is, how it is written, and what agents.ini may say of it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, type Kind, scriptTimeouts, type Timeouts } from '../agents/agent.ts'
import { builtin } from '../agents/builtin.ts'
import { catalog, namesIn, type Shelf } from '../agents/catalog.ts'
import { monotonicClock } from '../agents/clock.ts'
import { type Parameter, readMetaData } from '../agents/metaData.ts'
import { usageOf } from '../agents/names.ts'
import { ocfRoot } from '../agents/ocf.ts'
import { filesHere } from '../agents/program.ts'
import { runner } from '../agents/runner.ts'
import { unitFolders, unitTimeouts } from '../agents/systemd.ts'
import { type AgentKey, operationKeys } from '../config/agentKeys.ts'
import { nearest } from '../config/suggest.ts'
import { type ExitCode, exit } from '../daemon/protocol.ts'
import { type SafetyClass, safetyClass } from '../resources/safetyClass.ts'
import type { GroupName, Resource } from '../types.ts'
import { readTyped } from './agentWords.ts'
import { renderDescription } from './renderAgent.ts'
import { type Terminal, wantsColor } from './terminal.ts'

/** `tandem agent describe --json`. */
export interface Description {
  readonly schema: 'tandem/agent/v1'
  readonly name: string
  readonly kind: Kind | 'built in'
  /** A path, or a unit; of our own agents nothing. */
  readonly from?: string
  readonly summary: string
  /** Other names for it. */
  readonly aliases: readonly string[]
  /** How it is written in haresources. */
  readonly usage: string
  readonly safety: SafetyClass
  /** What an OCF agent takes as NAME=VALUE. */
  readonly parameters: readonly Parameter[]
  /** Of agents.ini, with what holds where they are left out. */
  readonly keys: readonly {
    readonly name: string
    readonly default: string
    readonly summary: string
    readonly own: boolean
  }[]
  /** The section of agents.ini for all of its resources. */
  readonly section: string
}

export interface AgentDescribeOptions {
  readonly configDir: string
  readonly color: boolean
  readonly json: boolean
}

/** @param words the name of an agent, or a resource as haresources has it. Exit code 2: there is none. */
export async function agentDescribe(
  words: string,
  options: AgentDescribeOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const found = await describe(words, options.configDir)
  if ('problem' in found) {
    terminal.err(`tandem: ${found.problem}\n`)
    return exit.usage
  }
  const look = { width: Math.min(100, Math.max(60, terminal.columns())), color: wantsColor(terminal, options.color) }
  terminal.out(options.json ? `${JSON.stringify(found, null, 2)}\n` : renderDescription(found, look))
  return exit.done
}

async function describe(words: string, configDir: string): Promise<Description | { readonly problem: string }> {
  const shelves = catalog(configDir, { ...filesHere, names: namesIn })
  const listed = shelves.find(shelf => nameOn(shelf, words) !== undefined)
  if (listed) return about(nameOn(listed, words)!, listed)
  const typed = readTyped(words, configDir)
  if (!('problem' in typed)) return aboutBound(typed.resource, typed.bound, shelves)
  const names = shelves.flatMap(shelf => shelf.names)
  const meant = nearest(words, names)
  return {
    problem: meant
      ? `${typed.problem}; did you mean "${meant}"?`
      : `${typed.problem}; all there are: tandem agent list`,
  }
}

/** The name as listed, of `Filesystem`, `ocf::heartbeat:Filesystem` or `systemd::nginx`. */
function nameOn({ written, names }: Shelf, words: string): string | undefined {
  return names.find(name => words === name || words === written.replace('NAME', name).replace(/\[.*/, ''))
}

async function aboutBound(
  { agent }: Resource,
  bound: Bound,
  shelves: readonly Shelf[],
): Promise<Description | { problem: string }> {
  const shelf = shelves.find(({ kind, names, from }) =>
    bound.kind === 'ocf'
      ? from !== undefined && bound.from?.startsWith(`${from}/`)
      : kind === bound.kind && names.includes(agent),
  )
  const name = bound.kind === 'ocf' || bound.kind === 'systemd' ? baseName(bound.from ?? agent) : agent
  const ours = bound.kind !== 'resource.d' && builtin(agent) && shelves.find(({ kind }) => kind === 'built in')
  const found = (ours || shelf) ?? shelves.find(({ kind, names }) => kind === bound.kind && names.includes(name))
  return found ? about(name, found) : { problem: `nothing is known of ${bound.from ?? agent}` }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.service$/, '')

async function about(name: string, shelf: Shelf): Promise<Description> {
  const ours = shelf.kind === 'built in' ? builtin(name) : undefined
  const usual: Timeouts = ours?.meta.timeouts ?? (shelf.kind === 'systemd' ? unitTimeouts : scriptTimeouts)
  const path = shelf.kind === 'systemd' ? unitPath(name) : shelf.from && `${shelf.from}/${name}`
  const meta = shelf.kind === 'ocf' ? await metaDataOf(path!) : undefined
  const written = shelf.written.replace('NAME', name)
  const resource = resourceOf(name, shelf)
  const bare = ours || shelf.translated || !written.includes('::') || shelf.kind === 'resource.d'
  return {
    schema: 'tandem/agent/v1',
    name: ours?.meta.name ?? name,
    kind: shelf.kind,
    ...(path === undefined ? {} : { from: path }),
    summary: ours?.meta.summary ?? meta?.summary ?? summaryIn(path),
    aliases: ours?.meta.aliases ?? [],
    usage: ours?.meta.usage ?? (shelf.translated ? usageOf(name) : undefined) ?? written,
    safety: safetyClass({ name: '' as GroupName, homes: [], resources: [resource] }),
    parameters: meta?.parameters ?? [],
    keys: [
      ...operationKeys.filter(({ name }) => !resource.address || !limits[name]).map(key => keyRow(key, usual, false)),
      ...(ours?.meta.keys ?? []).map(key => keyRow(key, usual, true)),
    ],
    section: bare ? (ours?.meta.name ?? name) : written.replace(/\[.*/, ''),
  }
}

function resourceOf(name: string, { kind, written }: Shelf): Resource {
  const [agent = name, ...args] = written.replace('NAME', name).replace(/\[.*/, '').split('::')
  const address = kind === 'built in' && builtin(name)?.meta.name === 'IPaddr2'
  return { name, agent, args, address }
}

const limits: Readonly<Record<string, (usual: Timeouts) => number>> = {
  start_timeout: ({ startMs }) => startMs,
  stop_timeout: ({ stopMs }) => stopMs,
  monitor_timeout: ({ monitorMs }) => monitorMs,
}

function keyRow(key: AgentKey, usual: Timeouts, own: boolean): Description['keys'][number] {
  const limit = limits[key.name]
  const otherwise = limit ? shortly(limit(usual)) : 'none'
  return { name: key.name, default: key.default ?? otherwise, summary: key.summary, own }
}

const shortly = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1_000}s`)

const unitPath = (name: string): string | undefined =>
  unitFolders.map(folder => `${folder}/${name}.service`).find(existsSync)

/** Of an init script its header, of a unit its description. */
function summaryIn(path: string | undefined): string {
  if (path === undefined) return ''
  try {
    const head = readFileSync(path, 'utf8').slice(0, 16_384)
    return /^(?:#\s*Short-Description:|Description=)\s*(.*)$/m.exec(head)?.[1]?.trim() ?? ''
  } catch {
    return ''
  }
}

async function metaDataOf(file: string): Promise<ReturnType<typeof readMetaData>> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-describe-'))
  try {
    const run = runner(dir, monotonicClock)
    const env = { OCF_ROOT: ocfRoot }
    const ran = await run({
      resource: 'describe',
      action: 'meta-data',
      file,
      args: ['meta-data'],
      env,
      timeoutMs: 10_000,
    })
    return readMetaData(ran.output)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
