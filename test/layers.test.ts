/** Imports point one way, as in ARCHITECTURE.md; the pure folders know no clock, no chance and no machine. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transformSync } from 'esbuild'
import { describe, expect, test } from 'vitest'

interface Layer {
  /** A file, or a folder when it ends in a slash. */
  readonly part: string
  /** What it may import besides itself. */
  readonly below: readonly string[]
  /** A pure part names no module of Node's or npm's, and no global that tells the time, throws dice or acts. */
  readonly pure: boolean
}

/** From the bottom up. A line of the table is a promise: widen one only with a reason. */
const core = [
  'src/types.ts',
  'src/lease.ts',
  'src/membership/',
  'src/resources/',
  'src/config/',
  'src/decision.ts',
  'src/note.ts',
  'src/events.ts',
]
const layers: readonly Layer[] = [
  { part: 'src/types.ts', below: [], pure: true },
  // How long a lease may be is decided once; membership, agents and `check` all have to know.
  { part: 'src/lease.ts', below: ['src/types.ts'], pure: true },
  { part: 'src/membership/', below: ['src/types.ts', 'src/lease.ts', 'src/config/digest.ts'], pure: true },
  { part: 'src/resources/', below: ['src/types.ts', 'src/lease.ts'], pure: true },
  { part: 'src/config/', below: ['src/types.ts', 'src/lease.ts'], pure: true },
  { part: 'src/decision.ts', below: ['src/types.ts'], pure: true },
  { part: 'src/note.ts', below: ['src/types.ts', 'src/membership/', 'src/decision.ts'], pure: true },
  { part: 'src/noteText.ts', below: ['src/types.ts', 'src/note.ts'], pure: true },
  { part: 'src/events.ts', below: ['src/types.ts', 'src/membership/', 'src/note.ts'], pure: true },
  { part: 'src/cluster/', below: core, pure: true },
  { part: 'src/cluster.ts', below: [...core, 'src/cluster/'], pure: true },
  { part: 'src/agents/', below: ['src/types.ts', 'src/lease.ts', 'src/config/'], pure: false },
  { part: 'src/beat/', below: ['src/types.ts', 'src/membership/', 'src/config/'], pure: false },
  {
    part: 'src/daemon/',
    below: [...core, 'src/noteText.ts', 'src/cluster/', 'src/cluster.ts', 'src/agents/', 'src/beat/', 'package.json'],
    pure: false,
  },
  // `check` asks the agents whether they would take the words of haresources.
  {
    part: 'src/cli/',
    below: [...core, 'src/noteText.ts', 'src/agents/', 'src/daemon/', 'package.json'],
    pure: false,
  },
  // What a package needs beside the programs: written from the tables that the programs obey.
  { part: 'src/pages/', below: [...core, 'src/agents/', 'src/daemon/', 'src/cli/', 'package.json'], pure: false },
]

/** Globals that would make a step depend on more than its arguments. */
const impure = [
  'Date',
  'performance',
  'Math.random',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'console',
  'fetch',
  'globalThis',
  'Intl',
  'require',
]

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = new Map(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => `src/${path}`)
    .map(path => [path, readFileSync(join(root, path), 'utf8')] as const),
)

describe('imports point one way', () => {
  for (const [path, source] of sources) {
    test(path, () => expect(violations(path, source)).toEqual([]))
  }
})

describe('a planted violation is caught', () => {
  const planted: readonly (readonly [path: string, source: string, caught: string])[] = [
    ['src/types.ts', `import type { Peer } from './membership/membership.ts'`, 'imports src/membership/membership.ts'],
    ['src/membership/x.ts', `import { holdUntil } from '../resources/hold.ts'`, 'imports src/resources/hold.ts'],
    ['src/membership/x.ts', `import type { Cluster } from '../cluster.ts'`, 'imports src/cluster.ts'],
    ['src/membership/x.ts', `export { a } from '../cluster/a.ts'`, 'imports src/cluster/a.ts'],
    ['src/membership/x.ts', `import {\n  a,\n  b,\n} from '../cluster/a.ts'`, 'imports src/cluster/a.ts'],
    ['src/resources/x.ts', `import { spawn } from 'node:child_process'`, 'imports node:child_process'],
    ['src/resources/x.ts', `const fs = await import('fs')`, 'imports fs'],
    ['src/config/x.ts', `import 'execa'`, 'imports execa'],
    ['src/cluster.ts', `import { vip } from './agents/vip.ts'`, 'imports src/agents/vip.ts'],
    ['src/agents/x.ts', `import { step } from '../cluster.ts'`, 'imports src/cluster.ts'],
    ['src/beat/x.ts', `import { run } from '../agents/runner.ts'`, 'imports src/agents/runner.ts'],
    ['src/daemon/x.ts', `import { tandem } from '../cli/tandem.ts'`, 'imports src/cli/tandem.ts'],
    ['src/nowhere.ts', `export const a = 1`, 'has no line in the table of layers'],
    ['src/cluster/x.ts', `export const now = () => Date.now()`, 'uses Date'],
    ['src/cluster/x.ts', `export const die = () => Math.random()`, 'uses Math.random'],
    ['src/membership/x.ts', `setTimeout(() => undefined, 5)`, 'uses setTimeout'],
    ['src/config/x.ts', `export const home = process.env['HOME']`, 'uses process'],
    ['src/config/x.ts', `export const home = globalThis.process.argv`, 'uses globalThis'],
  ]
  for (const [path, source, caught] of planted) {
    test(`${path}: ${source.replaceAll('\n', ' ')}`, () => {
      expect(violations(path, source)).toEqual([`${path} ${caught}`])
    })
  }

  test('what only looks like one is not', () => {
    const innocent = `
      // Date and Math.random are fine in a comment, as is "from './agents/x.ts'"
      export const text = 'the process. has no Date'
      export const f = (process: { pid: number }) => process.pid
      export type Clock = Date`
    expect(violations('src/config/x.ts', innocent)).toEqual([])
  })
})

test('what the bundler sees is what was read here', async () => {
  const pure = [...sources.keys()].filter(path => layerOf(path)?.pure === true)
  const { metafile } = await bundle(pure, { packages: 'external' })
  for (const path of pure) {
    const seen = metafile.inputs[path]?.imports.map(edge => edge.path) ?? []
    expect(importsOf(path, sources.get(path) ?? '')).toEqual(expect.arrayContaining(seen))
  }
})

test('the command starts without the heavy packages', async () => {
  const { metafile } = await bundle(['src/cli/main.ts'])
  const packages = new Set(
    Object.keys(metafile.inputs).map(path => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]),
  )
  expect(packages).toContain('commander') // or the names are not what we think, and nothing would be found below
  for (const heavy of ['mysql2', 'ssh2', 'node-ssh', 'fast-xml-parser']) expect(packages).not.toContain(heavy)
  expect(Object.keys(metafile.inputs).filter(path => path.startsWith('src/beat/'))).toEqual([])
})

function violations(path: string, source: string): readonly string[] {
  const layer = layerOf(path)
  if (layer === undefined) return [`${path} has no line in the table of layers`]
  const wrong = importsOf(path, source).filter(to => !mayImport(layer, to))
  const used = layer.pure ? impureGlobals(source) : []
  return [...wrong.map(to => `${path} imports ${to}`), ...used.map(name => `${path} uses ${name}`)]
}

function layerOf(path: string): Layer | undefined {
  return layers.find(layer => within(layer.part, path))
}

function within(part: string, path: string): boolean {
  return part.endsWith('/') ? path.startsWith(part) : path === part
}

function mayImport(layer: Layer, to: string): boolean {
  const ours = to.startsWith('src/') || to === 'package.json'
  if (!ours) return !layer.pure
  return [layer.part, ...layer.below].some(part => within(part, to))
}

/** All modules a file names, for types too (the bundler drops those): paths from the root for ours, names for others. */
function importsOf(path: string, source: string): readonly string[] {
  const named = source.matchAll(
    /^(?:import|export)\b(?:[^'"`;=()]*\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...named]
    .map(match => match[1] ?? match[2] ?? '')
    .map(name => (name.startsWith('.') ? join(dirname(path), name) : name))
}

/** The compiler knows which names are globals; it marks them for us. */
function impureGlobals(source: string): readonly string[] {
  const mark = (name: string): string => `IMPURE_${name.replace('.', '_')}`
  const define = Object.fromEntries(impure.map(name => [name, mark(name)]))
  const { code } = transformSync(source, { loader: 'ts', define })
  return impure.filter(name => new RegExp(`\\b${mark(name)}\\b`).test(code))
}

function bundle(entryPoints: string[], options: { readonly packages?: 'external' } = {}) {
  return build({
    ...options,
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outdir: 'dist',
    write: false,
    metafile: true,
  })
}
