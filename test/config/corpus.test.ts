/** Files as people have them, each with what `tandem check` says of them. RETELL=1 writes the answers anew. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import type { HostFacts } from '../../src/config/host.ts'
import type { Files, SourceFile } from '../../src/config/problem.ts'
import { readSettings } from '../../src/config/readSettings.ts'
import { exitCodeOf, renderProblems } from '../../src/config/render.ts'

const corpus = join(dirname(fileURLToPath(import.meta.url)), 'corpus')

interface HostFile {
  readonly nodeName?: string
  readonly interfaces?: readonly string[]
  readonly scripts?: readonly string[]
  readonly mode?: string
  readonly uid?: number
  readonly isSymlink?: boolean
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function source(folder: string, name: string): SourceFile {
  return { name, text: readIfThere(join(corpus, folder, name)) }
}

function tell(folder: string): string {
  const about = JSON.parse(readIfThere(join(corpus, folder, 'host.json')) ?? '{}') as HostFile
  const { mode = '0600', uid = 0, isSymlink = false } = about
  const authKeys = { ...source(folder, 'authkeys'), mode: Number.parseInt(mode, 8), uid, isSymlink }
  const files: Files = {
    haCf: source(folder, 'ha.cf'),
    haResources: source(folder, 'haresources'),
    authKeys,
    agentsIni: source(folder, 'agents.ini'),
  }
  const firstNode = /^\s*node[\s,]+([^\s,]+)/m.exec(files.haCf.text ?? '')?.[1]
  const host: HostFacts = {
    nodeName: about.nodeName ?? firstNode ?? 'localhost',
    hasScript: name => about.scripts?.includes(name),
    interfaces: about.interfaces,
  }
  const { settings, problems, notes } = readSettings(files, host)
  const said = renderProblems(problems, files, { format: 'text', color: false, notes })
  return [said, settings ? describeSettings(settings) : '', `exit code ${exitCodeOf(problems)}\n`]
    .filter(Boolean)
    .join('\n')
}

describe('corpus', () => {
  const folders = readdirSync(corpus).sort()

  test('is large', () => expect(folders.length).toBeGreaterThanOrEqual(20))

  test.each(folders)('%s', folder => {
    const path = join(corpus, folder, 'expected.txt')
    const told = tell(folder)
    if (process.env['RETELL']) writeFileSync(path, told)
    expect(told).toBe(readIfThere(path))
  })
})
