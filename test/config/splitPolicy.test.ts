import { describe, expect, test } from 'vitest'
import { goodHaCf, read } from './reading.ts'

const without = goodHaCf.replace('split_policy take\n', '')
const three = without.replace('node alpha beta', 'node alpha beta gamma\nspare beta')
const one = without.replace('node alpha beta', 'node alpha')
const ping = 'ping 10.0.0.254\n'

function tell(haCf: string): string {
  const { settings, problems } = read({ haCf })
  return [settings?.splitPolicy ?? 'refused', ...problems.map(({ level, code }) => `${level} ${code}`)].join(', ')
}

describe('of two nodes', () => {
  test.each([
    ['', 'take, warning HA160'],
    ['split_policy take\n', 'take'],
    ['split_policy wait\n', 'wait'],
    ['split_policy ask\n', 'refused, error HA161'],
    [ping, 'ask'],
    ['ping_group x 10.0.0.254\n', 'ask'],
    [`${ping}split_policy ask\n`, 'ask'],
    [`${ping}split_policy take\n`, 'take'],
    [`${ping}split_policy WAIT\n`, 'wait'],
    ['split_policy ask\nping\n', 'refused, error HA102'],
    ['split_policy\n', 'take, warning HA160, warning HA102'],
    ['split_policy perhaps\n', 'refused, error HA104'],
  ])('%j: %s', (lines, told) => expect(tell(`${without}${lines}`)).toBe(told))

  test('the standing warning names ping as the way out', () => {
    expect(read({ haCf: without }).problems[0]?.fix).toMatch(/^write ping .* split_policy take/)
  })
})

describe('of three nodes the majority decides', () => {
  test.each([
    ['', 'take'],
    [ping, 'ask'],
    ['split_policy take\n', 'take, warning HA162'],
    ['split_policy ask\n', 'ask, warning HA162'],
    [`${ping}split_policy wait\n`, 'wait, warning HA162'],
  ])('%j: %s', (lines, told) => expect(tell(`${three}${lines}`)).toBe(told))
})

test.each([
  ['', 'take, warning HA136'],
  ['split_policy take\n', 'take, warning HA136'],
  [ping, 'ask, warning HA136'],
])('one node has nobody to split from; %j: %s', (lines, told) => expect(tell(`${one}${lines}`)).toBe(told))
