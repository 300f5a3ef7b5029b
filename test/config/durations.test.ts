import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { parseDuration, writeDuration } from '../../src/config/durations.ts'

const msOf = (text: string): number | string => {
  const parsed = parseDuration(text)
  return 'value' in parsed ? parsed.value : parsed.bad.fix
}

describe('parseDuration', () => {
  test.each([
    ['1', 1_000],
    ['1.5', 1_500],
    ['.5', 500],
    ['2.', 2_000],
    ['500ms', 500],
    ['2001ms', 2_001],
    ['2s', 2_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1000us', 1],
    ['1500us', 2],
  ])('%s is %d ms', (text, ms) => expect(msOf(text)).toBe(ms))

  test.each([
    '',
    'abc',
    '-1',
    '1e3',
    '0',
    '0ms',
    '10us',
    '1,5',
    '1.5.5',
    '25h',
    '999999999999999999999',
    'Infinity',
    '0x10',
    's',
  ])('"%s" is refused', text => expect(typeof msOf(text)).toBe('string'))

  test.each([
    ['30sec', 'write 30s'],
    ['5min', 'write 5m'],
    ['5S', 'write 5s'],
  ])('%s: %s', (text, fix) => expect(msOf(text)).toBe(fix))

  property.prop([fc.integer({ min: 1, max: 86_400_000 })])('reads what it writes', ms => {
    expect(msOf(writeDuration(ms))).toBe(ms)
  })
})
