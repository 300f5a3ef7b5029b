import { describe, expect, test } from 'vitest'
import { says, type, withDaemon } from './fake.ts'

describe('what is suspended is ordered with', () => {
  test.each([
    [['disarm', '--for', '30m', '--reason', 'switch'], { verb: 'disarm', forMs: 1_800_000, reason: 'switch' }],
    [['arm'], { verb: 'arm' }],
    [['arm', '--accept-two-holders', '--reason', 'seen'], { verb: 'arm', accept: 'two-holders', reason: 'seen' }],
    [['maintenance', 'on'], { verb: 'maintenance-on', forMs: 7_200_000 }],
    [
      ['maintenance', 'on', 'web', '--for', '90s', '--reason', 'by hand'],
      { verb: 'maintenance-on', group: 'web', forMs: 90_000, reason: 'by hand' },
    ],
    [['maintenance', 'off'], { verb: 'maintenance-off' }],
    [['maintenance', 'off', 'web'], { verb: 'maintenance-off', group: 'web' }],
  ])('%j', (words, order) =>
    withDaemon(says({ done: true, code: 0, text: 'done so' }), async ({ runDir, asked }) => {
      const { code, out } = await type(['tandem', '--run-dir', runDir, ...words])
      expect([code, out]).toEqual([0, expect.stringContaining('done so\n')])
      expect(asked).toEqual([{ verb: 'order', order, wait: true, timeoutMs: 60_000 }])
    }),
  )

  test.each([
    [['disarm', '--for', '30m'], '--reason'],
    [['disarm', '--reason', 'switch'], '--for'],
    [
      ['disarm', '--for', 'soon', '--reason', 'switch'],
      '"soon" is not a time; write a number with its unit: 90s, 30m, 2h',
    ],
    [['arm', '--accept-two-holders'], 'wants a reason'],
    [['maintenance'], 'Usage: tandem maintenance'],
  ])('%j is refused', async (words, told) => {
    const { code, err } = await type(['tandem', ...words])
    expect([code, err]).toEqual([2, expect.stringContaining(told)])
  })
})

test('it says when it ends, and what to type to end it now', () =>
  withDaemon(says({ done: true, code: 0, text: 'so' }), async ({ runDir }) => {
    const out = async (...words: string[]) => (await type(['tandem', '--run-dir', runDir, ...words])).out
    const time = '(.* )?\\d\\d:\\d\\d:\\d\\d'
    expect(await out('disarm', '--for', '30m', '--reason', 'x')).toMatch(
      new RegExp(`^so\\nends by itself about ${time}; to end it now: tandem arm\\n$`),
    )
    expect(await out('maintenance', 'on', 'web')).toMatch(
      new RegExp(`${time}; to end it now: tandem maintenance off web\\n$`),
    )
    expect(await out('maintenance', 'on', '--dry-run')).toBe('so\n')
    expect(await out('arm')).toBe('so\n')
  }))
