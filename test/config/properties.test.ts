/** For any text: it is read without an exception, and every problem stands where the file is. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import { directives } from '../../src/config/directives.ts'
import type { Files, Note, Problem } from '../../src/config/problem.ts'
import { readSettings } from '../../src/config/readSettings.ts'
import { renderProblems } from '../../src/config/render.ts'
import { printed, someCluster } from './printing.ts'
import { anyHost, filesOf } from './reading.ts'

const pieces = [
  ...Object.keys(directives),
  'alpha',
  'beta',
  'eth0',
  'auth',
  'sha1',
  'sha256',
  'crc',
  'md5',
  'IPaddr2::',
  'IPaddr::',
  '::',
  '[',
  ']',
  '2001:db8::10',
  '10.0.0.100',
  '/24',
  '/eth0',
  ':',
  '#',
  '\\',
  '\n',
  '\n',
  '\r\n',
  ' ',
  ' ',
  '\t',
  ',',
  '=',
  '"',
  ';',
  '[default]\n',
  'web',
  'retries',
  'password',
  'monitor_interval = ',
  '$X',
  '*',
  '0',
  '1',
  '15',
  '500ms',
  'off',
  'on',
  'take',
  '\u0000',
  '\ufeff',
  '\u2028',
  'ä',
  '😀',
]
const likelyText = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map(words => words.join(''))
const spacedText = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map(words => words.join(' '))
const anyText = fc.oneof(likelyText, spacedText, fc.string({ unit: 'binary', maxLength: 200 }))

function expectInside(finding: Problem | Note, files: Files): void {
  const file = Object.values(files).find(source => source.name === finding.file)
  const lines = (file?.text ?? '').split('\n')
  if (finding.line === 0) return expect([finding.column, finding.endColumn]).toEqual([0, 0])
  const length = lines[finding.line - 1]?.length ?? -1
  expect(finding.column).toBeGreaterThanOrEqual(1)
  expect(finding.endColumn).toBeGreaterThanOrEqual(finding.column)
  expect(finding.endColumn).toBeLessThanOrEqual(length + 1)
}

describe('any text', () => {
  test.prop([anyText, anyText, anyText, anyText], { numRuns: 1_500 })(
    'is read, and its problems stand inside it',
    (haCf, haResources, authKeys, agentsIni) => {
      const files = filesOf({ haCf, haResources, authKeys, agentsIni })
      const { settings, problems, notes } = readSettings(files, anyHost)
      expect(settings === undefined).toBe(problems.some(({ level }) => level === 'error'))
      for (const finding of [...problems, ...notes]) expectInside(finding, files)
      for (const { text, why, fix } of problems) expect([text, why, fix].every(words => words.length > 0)).toBe(true)
      for (const format of ['text', 'json', 'gcc'] as const)
        renderProblems(problems, files, { format, color: true, notes })
    },
  )

  test.prop([anyText], { numRuns: 500 })('in haresources alone', haResources => {
    const files = filesOf({ haResources })
    const { problems } = readSettings(files, anyHost)
    for (const problem of problems) expectInside(problem, files)
  })

  test.prop([anyText], { numRuns: 500 })('in agents.ini alone', agentsIni => {
    const files = filesOf({ agentsIni })
    for (const finding of readSettings(files, anyHost).problems) expectInside(finding, files)
  })

  test.prop([fc.stringMatching(/^[\w!$%&()+,.@~ -]{9,40}$/)], { numRuns: 500 })(
    'a password is in no message',
    words => {
      const agentKeys = () => [{ name: 'password', kind: 'secret', default: undefined, summary: '' }] as const
      const password = `x${words}x`
      for (const line of [
        'password =',
        'pasword =',
        'password',
        'pasword:',
        'passwd = x\npassword =',
        'password =\n',
      ]) {
        const files = filesOf({ agentsIni: `[apache2]\n${line} ${password}\nretries = -\n` })
        const { problems } = readSettings(files, { ...anyHost, agentKeys })
        expect(problems.length).toBeGreaterThan(0)
        for (const format of ['text', 'json', 'gcc'] as const)
          expect(renderProblems(problems, files, { format, color: false })).not.toContain(password)
      }
    },
  )

  test.prop([fc.stringMatching(/^[!-"$-~]{6,80}$/)], { numRuns: 500 })('a key of authkeys is in no message', key => {
    for (const authKeys of [`auth 1\n1 sha1 ${key}\n`, `auth 1\n1 crc ${key}\n`, `auth 1\n1 sha256 ${key}\n`]) {
      const files = filesOf({ authKeys })
      const { problems } = readSettings(files, anyHost)
      const marked = `${key.slice(0, -1)}${key.at(-1)}`
      const shown = renderProblems(problems, files, { format: 'text', color: false })
      if (!shown.replaceAll('*', '').includes(marked)) continue
      // Short keys may be words of the messages themselves, which are the same for another key.
      const other = filesOf({ authKeys: authKeys.replace(key, '~'.repeat(key.length)) })
      expect(shown).toBe(renderProblems(readSettings(other, anyHost).problems, other, { format: 'text', color: false }))
    }
  })
})

describe('any cluster', () => {
  test.prop([someCluster], { numRuns: 300 })('is read as it was printed', cluster => {
    const { files, host, expected } = printed(cluster)
    const { settings, problems } = readSettings(files, host)
    expect(problems.filter(({ level }) => level === 'error')).toEqual([])
    expect({ ...settings, directives: undefined, operations: undefined, configDigest: 0, groupsDigest: 0 }).toEqual(
      expected,
    )
    expect(describeSettings(settings!)).toContain(cluster.nodes[0])
  })
})
