/** What the README tells people to write and to type works. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../src/config/readSettings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (name: string): string => readFileSync(join(root, name), 'utf8')
const documents = [...readdirSync(root), ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)].filter(name =>
  name.endsWith('.md'),
)

/** The indented block that begins with this line. */
function block(text: string, first: RegExp): string {
  const lines = text.split('\n')
  const from = lines.findIndex(line => first.test(line))
  expect(from, `no block that begins with ${first}`).toBeGreaterThan(-1)
  const to = lines.findIndex((line, index) => index > from && !line.startsWith('    '))
  return lines
    .slice(from, to)
    .map(line => line.slice(4))
    .join('\n')
}

describe('the example files of the README', () => {
  const readme = read('README.md')
  const { settings, problems } = readSettings(
    {
      haCf: { name: 'ha.cf', text: block(readme, /^ {4}keepalive/) },
      haResources: { name: 'haresources', text: block(readme, /^ {4}alpha 10\./) },
      authKeys: { name: 'authkeys', text: `auth 1\n1 sha256 ${'5c'.repeat(32)}\n`, mode: 0o600, uid: 0 },
      agentsIni: { name: 'agents.ini', text: block(readme, /^ {4}\[default\]/) },
    },
    { nodeName: 'alpha', hasScript: () => true },
  )

  test('have no problem', () => expect(problems).toEqual([]))

  test('say what the text around them says', () => {
    expect(settings?.timing).toMatchObject({
      keepaliveMs: 1000,
      warntimeMs: 3000,
      deadtimeMs: 10_000,
      initdeadMs: 60_000,
    })
    expect(settings?.links).toHaveLength(3)
    expect(settings?.splitPolicy).toBe('ask')
    expect(settings?.groups.map(group => group.homes[0])).toEqual(['alpha', 'beta'])
  })
})

describe.each(documents)('%s', name => {
  test('names only commands of npm that exist', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts)
    const named = [...read(name).matchAll(/npm run ([a-z:-]+)/g)].map(match => match[1])
    expect(named.filter(script => script !== undefined && !scripts.includes(script))).toEqual([])
  })

  test('names only files that exist', () => {
    const named = [
      ...read(name).matchAll(/`((?:src|test|scripts|docs|bench|etc-examples|bin)\/[\w./-]*)`|\]\(([\w./-]+)\)/g),
    ]
    const missing = named.map(match => match[1] ?? match[2] ?? '').filter(path => !existsSync(join(root, path)))
    expect(missing).toEqual([])
  })
})
