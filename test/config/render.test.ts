import { describe, expect, test } from 'vitest'
import { readSettings } from '../../src/config/readSettings.ts'
import { exitCodeOf, type Look, renderProblems } from '../../src/config/render.ts'
import { anyHost, filesOf, haCfWith, type Texts } from './reading.ts'

function show(texts: Texts, look: Partial<Look> = {}): string {
  const files = filesOf(texts)
  return renderProblems(readSettings(files, anyHost).problems, files, { format: 'text', color: false, ...look })
}

const many = (name: string): string => Array.from({ length: 50 }, (_, i) => `${name}${i}`).join(' ')
const late = { haCf: 'bcast eth0\nnode alpha beta\nauto_failback off\nsplit_policy take\ndeadtime 10\nwarntime 20\n' }

describe('renderProblems', () => {
  test('shows place, line, caret and fix', () => {
    expect(show(late)).toBe(`ha.cf:6:10: error[HA121]: warntime 20 s is not shorter than deadtime 10 s
    6 | warntime 20
      |          ^^ a node would be dead before it is late
    fix: write warntime 5, or leave the line out

1 error
`)
  })

  test('keeps tabs, so that the caret stands under its word', () => {
    const lines = show({ haCf: late.haCf.replace('warntime 20', '\twarntime\t20') }).split('\n')
    expect(lines.slice(1, 3)).toEqual([
      '    6 | \twarntime\t20',
      '      | \t        \t^^ a node would be dead before it is late',
    ])
  })

  test('a long line is cut around the place', () => {
    const [, source, caret] = show({ haResources: `alpha ${many('before')} x::::y ${many('after')}\n` }).split('\n')
    const at = caret!.indexOf('^')
    expect(source!.slice(at, at + 2)).toBe('::')
    expect(source!.length).toBeLessThan(120)
  })

  test('one line each for editors', () => {
    expect(show(late, { format: 'gcc' })).toBe(
      'ha.cf:6:10: error: warntime 20 s is not shorter than deadtime 10 s: a node would be dead before it is late; write warntime 5, or leave the line out [HA121]\n',
    )
  })

  test('JSON for programs', () => {
    expect(JSON.parse(show(late, { format: 'json' }))).toEqual({
      schema: 'tandem/check/v1',
      problems: [
        {
          file: 'ha.cf',
          line: 6,
          column: 10,
          endColumn: 12,
          level: 'error',
          code: 'HA121',
          text: 'warntime 20 s is not shorter than deadtime 10 s',
          why: 'a node would be dead before it is late',
          fix: 'write warntime 5, or leave the line out',
        },
      ],
      notes: [],
      summary: { errors: 1, warnings: 0, notes: 0 },
    })
  })

  test('colour changes nothing but colour', () => {
    const colored = show(late, { color: true })
    expect(colored).toContain('\u001b[31merror[HA121]\u001b[0m')
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(show(late))
  })

  test('nothing to say is nothing', () => expect(show({})).toBe(''))

  const secret = 'correct-horse-battery-staple'
  test.each([
    `auth 1\n1 sha1 ${secret}\n`,
    `auth 1\n1 sha256 ${secret}\n`,
    `auth 1\n1 ${secret}\n`,
    `auth 1\nsha1 ${secret}\n`,
    `auth ${secret}\n`,
    `${secret}\n`,
    `auth 1\n1\tcrc ${secret}\n`,
    `auth 1\n1 md5 short ${secret}\n`,
    `1: sha1 ${secret}\nauth 1\n`,
  ])('a key is never shown: %j', authKeys => {
    for (const format of ['text', 'json', 'gcc'] as const) {
      const shown = show({ authKeys }, { format })
      expect(shown).not.toBe('')
      expect(shown).not.toContain('horse')
    }
  })

  test('the password of a power switch is not shown', () => {
    expect(show({ haCf: haCfWith('stonith_host * apc 10.0.0.3 login geheim') })).not.toContain('geheim')
  })

  test('what could take hold of a terminal is not passed on', () => {
    const shown = show({ haCf: '\u001b]0;x\u0007 \u202ey\nbcast\u009beth0\n' })
    expect(shown).toContain('?]0;x?')
    expect(shown.replace(/[\n\t]/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })
})

test('exit codes', () => {
  const codeOf = (texts: Texts) => exitCodeOf(readSettings(filesOf(texts), anyHost).problems)
  expect([codeOf({}), codeOf(late), codeOf({ haCf: haCfWith('env LANG=C') })]).toEqual([0, 1, 6])
})
