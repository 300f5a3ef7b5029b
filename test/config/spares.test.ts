import { describe, expect, test } from 'vitest'
import { goodHaCf, read, settingsOf } from './reading.ts'

const of = (nodes: string, ...lines: string[]): string =>
  [goodHaCf.replace('alpha beta', nodes).replace('split_policy take\n', ''), ...lines, ''].join('\n')
const codesOf = (haCf: string, haResources: string): string[] =>
  read({ haCf, haResources }).problems.flatMap(({ level, code }) => (code === 'HA160' ? [] : [`${level} ${code}`]))
const homesOf = (haCf: string, haResources: string): string[] =>
  settingsOf({ haCf, haResources }).groups.map(({ homes }) => homes.join(' '))

const five = 'alpha beta gamma delta omega'

describe('homes', () => {
  test('are the home, the spares as written, then other homes; a witness is none', () => {
    const haCf = of(five, 'spare omega', 'spare gamma,omega')
    expect(homesOf(haCf, 'beta x\nalpha y\nbeta z\n')).toEqual([
      'beta omega gamma alpha',
      'alpha omega gamma beta',
      'beta omega gamma alpha',
    ])
    expect(settingsOf({ haCf, haResources: 'beta x\nalpha y\n' }).spares).toEqual(['omega', 'gamma'])
  })

  test('a spare may be a home as well', () => {
    expect(homesOf(of('alpha beta gamma', 'spare beta'), 'beta x\nalpha y\n')).toEqual(['beta alpha', 'alpha beta'])
  })

  test('of two nodes each runs everything, spare or not', () => {
    for (const spare of ['', 'spare beta', 'spare alpha'])
      expect(homesOf(of('alpha beta', spare), 'alpha x\n')).toEqual(['alpha beta'])
    expect(homesOf(of('alpha'), 'alpha x\n')).toEqual(['alpha'])
  })

  test('a line without resources makes no home', () => {
    expect(homesOf(of('alpha beta gamma', 'spare beta'), 'alpha x\ngamma\n')).toEqual(['alpha beta'])
  })
})

describe('a group that only one node may run', () => {
  test('is refused, with the line to write', () => {
    const { settings, problems } = read({ haCf: of('alpha beta gamma'), haResources: 'alpha x\nalpha y\n' })
    expect(settings).toBeUndefined()
    expect(problems).toMatchObject([{ code: 'HA220', line: 1, column: 1, fix: 'write spare beta in ha.cf' }])
  })

  test.each([
    ['alpha x\nalpha y\n', ['spare alpha'], ['error HA220']],
    ['alpha x\nalpha y\n', ['spare beta'], []],
    ['alpha x\nbeta y\n', [], []],
    ['', [], ['warning HA216']],
    ['alpha x::\n', [], ['error HA204']],
  ])('%j with %j: %j', (haResources, lines, codes) => {
    expect(codesOf(of('alpha beta gamma', ...lines), haResources)).toEqual(codes)
  })
})

describe('spare', () => {
  test.each([
    ['spare delta', 'error HA137'],
    ['spare beta BETA', 'warning HA138'],
    ['spare', 'error HA102'],
    ['spare beta.example.com', 'warning HA134'],
  ])('%s: %s', (line, code) => {
    expect(codesOf(of('alpha beta gamma', line), 'alpha x\nbeta y\n')).toEqual([code])
  })

  test('of two nodes there is nothing to choose, which is said', () => {
    const notes = (nodes: string) =>
      read({ haCf: of(nodes, 'spare beta'), haResources: 'alpha x\n' }).notes.map(({ code }) => code)
    expect(notes('alpha beta')).toEqual(['HA112'])
    expect(notes('alpha beta gamma')).toEqual([])
  })
})
