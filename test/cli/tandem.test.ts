import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ask } from '../../src/cli/client.ts'
import type { Status } from '../../src/daemon/protocol.ts'
import { says, type, withDaemon } from './fake.ts'

const story = (name: string): Status =>
  JSON.parse(readFileSync(new URL(`./stories/${name}.json`, import.meta.url), 'utf8'))
const daemon = (name: string) => says({ done: true, status: story(name) })
const moved = [{ group: 'web', owner: 'beta', ms: 312 }]

describe('orders', () => {
  test('end with the result, after the progress', () =>
    withDaemon(
      says(
        { note: 'web: stopped on alpha' },
        { note: 'web: started on beta' },
        { done: true, code: 0, text: 'x', moved },
      ),
      async ({ runDir, asked }) => {
        const shown = await type(['tandem', 'takeover', '--run-dir', runDir])
        expect(shown).toEqual({
          code: 0,
          out: 'web: stopped on alpha\nweb: started on beta\ngroup web active on beta after 0.3 s\n',
          err: '',
        })
        expect(asked).toEqual([
          { verb: 'order', order: { verb: 'takeover', scope: 'all' }, wait: true, timeoutMs: 60_000 },
        ])
      },
    ))

  test.each([
    [['takeover', 'local'], { verb: 'takeover', scope: 'local' }],
    [['takeover', 'failback'], { verb: 'takeover', scope: 'failback' }],
    [['standby'], { verb: 'standby' }],
    [['standby', 'all'], { verb: 'standby' }],
    [['standby', 'local'], { verb: 'give-away', scope: 'local' }],
    [['standby', 'foreign'], { verb: 'give-away', scope: 'foreign' }],
    [['standby', 'failback'], { verb: 'give-away', scope: 'failback' }],
    [['unstandby'], { verb: 'unstandby' }],
    [['move', 'web', '--to', 'Beta'], { verb: 'move', group: 'web', to: 'beta' }],
    [
      ['move', 'web', '--to', 'beta', '--accept-stale-disk', '--reason', 'looked'],
      { verb: 'move', group: 'web', to: 'beta', accept: 'stale-disk', reason: 'looked' },
    ],
    [['clear'], { verb: 'clear' }],
    [['clear', 'web'], { verb: 'clear', group: 'web' }],
  ])('%j', (words, order) =>
    withDaemon(says({ done: true, code: 0, text: 'done so' }), async ({ runDir, asked }) => {
      const { code, out } = await type(['tandem', '--run-dir', runDir, ...words])
      expect(code).toBe(0)
      expect(out).toContain('done so')
      expect(asked).toMatchObject([{ order }])
    }),
  )

  test.each([1, 4, 5])('code %i of the daemon is ours, with its reason', code =>
    withDaemon(says({ done: true, code, text: 'because of the weather' }), async ({ runDir }) => {
      const shown = await type(['tandem', 'takeover', '--run-dir', runDir])
      expect(shown).toEqual({ code, out: '', err: 'tandem: because of the weather\n' })
    }),
  )

  test('what has moved before it failed is told too', () =>
    withDaemon(says({ done: true, code: 1, text: 'db failed', moved }), async ({ runDir }) => {
      const { out, err } = await type(['tandem', 'takeover', '--run-dir', runDir])
      expect([out, err]).toEqual(['group web active on beta after 0.3 s\n', 'tandem: db failed\n'])
    }))

  test('clear has its own words, one line a group', () =>
    withDaemon(says({ done: true, code: 0, text: 'web cleared\ndb cleared', moved }), async ({ runDir }) => {
      expect((await type(['tandem', 'clear', '--run-dir', runDir])).out).toBe('web cleared\ndb cleared\n')
    }))

  test('a quick one is told in milliseconds', () =>
    withDaemon(says({ done: true, code: 0, moved: [{ ...moved[0], ms: 17.6 }] }), async ({ runDir }) => {
      expect((await type(['tandem', 'takeover', '--run-dir', runDir])).out).toContain('after 18 ms\n')
    }))

  test('--no-wait, --timeout and -q', () =>
    withDaemon(says({ note: 'n' }, { done: true, code: 0, text: 'accepted' }), async ({ runDir, asked }) => {
      expect((await type(['tandem', 'takeover', '--no-wait', '--run-dir', runDir])).out).toContain('accepted')
      expect((await type(['tandem', 'takeover', '-q', '--timeout', '1.5', '--run-dir', runDir])).out).toBe('')
      expect(asked).toMatchObject([{ wait: false }, { wait: true, timeoutMs: 1500 }])
    }))

  test('standby tells how to undo it', () =>
    withDaemon(says({ done: true, code: 0, text: '', moved }), async ({ runDir }) => {
      expect((await type(['tandem', 'standby', '--run-dir', runDir])).out).toContain('tandem unstandby')
    }))

  test('reload prints each problem with its place', () => {
    const problem = { level: 'error', code: 'HA031', text: 'no', file: 'ha.cf', line: 7, column: 2, fix: 'yes' }
    return withDaemon(says({ done: true, code: 1, text: 'kept', problems: [problem] }), async ({ runDir }) => {
      const shown = await type(['tandem', 'reload', '--run-dir', runDir])
      expect(shown).toEqual({ code: 1, out: '', err: 'ha.cf:7:2: error[HA031]: no\n    fix: yes\ntandem: kept\n' })
    })
  })
})

describe('status', () => {
  test.each([
    ['all-well', 0],
    ['beta-dead', 6],
    ['stop-failed', 6],
  ])('%s: exit code %i', (name, code) =>
    withDaemon(daemon(name), async ({ runDir }) => {
      const shown = await type(['tandem', 'status', '--run-dir', runDir])
      expect(shown.code).toBe(code)
      expect(shown.out).toBe(readFileSync(new URL(`./stories/${name}.txt`, import.meta.url), 'utf8'))
    }),
  )

  test('--json is the whole status', () =>
    withDaemon(daemon('beta-dead'), async ({ runDir }) => {
      const { code, out } = await type(['tandem', 'status', '--json', '--run-dir', runDir])
      expect(code).toBe(6)
      expect(JSON.parse(out)).toEqual(story('beta-dead'))
    }))

  test('of one group; an unknown one is a mistake that names the others', () =>
    withDaemon(daemon('stop-failed'), async ({ runDir }) => {
      expect((await type(['tandem', 'status', 'mail', '--run-dir', runDir])).code).toBe(0)
      expect((await type(['tandem', 'status', 'db', '--run-dir', runDir])).code).toBe(6)
      const { code, err } = await type(['tandem', 'status', 'bd', '--run-dir', runDir])
      expect(code).toBe(2)
      expect(err).toContain('there are 10.0.0.9/24/eth0, db, mail')
    }))

  test('colours on a terminal only, and not where NO_COLOR or --no-color says so', () =>
    withDaemon(daemon('beta-dead'), async ({ runDir }) => {
      const words = ['tandem', 'status', '--run-dir', runDir]
      const coloured = async (more: string[], isTty: boolean, env = {}) =>
        (await type([...words, ...more], { isTty, env })).out.includes('\u001b[')
      expect(await coloured([], true)).toBe(true)
      expect(await coloured([], false)).toBe(false)
      expect(await coloured(['--no-color'], true)).toBe(false)
      expect(await coloured([], true, { NO_COLOR: '1' })).toBe(false)
    }))

  test('--watch redraws until Ctrl-C, and shows a daemon that is away', async () => {
    let pages = 0
    await withDaemon(daemon('all-well'), async ({ runDir }) => {
      const shown = await type(['tandem', 'status', '--watch', '--run-dir', runDir], {
        isTty: true,
        onOut: (_, interrupt) => {
          pages += 1
          if (pages === 2) interrupt()
        },
      })
      expect(shown.code).toBe(0)
      expect(shown.out.split('\u001b[H\u001b[J').length).toBe(3)
    })
    const away = await type(['tandem', 'status', '-w', '--run-dir', '/nowhere'], {
      onOut: (_, interrupt) => interrupt(),
    })
    expect(away.code).toBe(0)
    expect(away.out).toContain('daemon not running')
  })
})

describe('a daemon that does not behave', () => {
  test.each([
    ['not JSON', says('HTTP/1.1 400 Bad Request'), 1, 'does not speak our protocol'],
    ['a number', says(42), 1, 'does not speak our protocol'],
    ['hanging up', (_: unknown, socket: { end: () => void }) => socket.end(), 1, 'hung up'],
    ['a status of another age', says({ done: true, status: { schema: 'tandem/status/v9' } }), 1, 'older or newer'],
    ['an error', says({ done: true, code: 1, text: 'no such verb' }), 1, 'no such verb'],
  ])('%s', (_, behave, code, text) =>
    withDaemon(behave, async ({ runDir }) => {
      const shown = await type(['tandem', 'status', '--run-dir', runDir])
      expect(shown.code).toBe(code)
      expect(shown.err).toContain(text)
    }),
  )

  test('silence ends in a time-out', () =>
    withDaemon(
      () => {},
      async ({ runDir }) => {
        const order = { verb: 'takeover', scope: 'all' } as const
        const request = { verb: 'order', order, wait: true, timeoutMs: 10 } as const
        expect(await ask(runDir, request, { timeoutMs: 50 })).toMatchObject({ ok: false, code: 5 })
      },
    ))

  test('a line without end does not fill the memory', () =>
    withDaemon(
      (_, socket) => socket.write('x'.repeat(9 * 1024 * 1024)),
      async ({ runDir }) => {
        const reply = await ask(runDir, { verb: 'status' }, { timeoutMs: 10_000 })
        expect(reply).toMatchObject({ ok: false, code: 1 })
      },
    ))

  test('no daemon: 3, and what to type', async () => {
    const { code, err } = await type(['tandem', 'takeover', '--run-dir', '/nowhere'])
    expect(code).toBe(3)
    expect(err).toBe(
      'tandem: the daemon is not running here (nobody answers at /nowhere/control.sock): start it with ' +
        '"tandemd --foreground --run-dir /nowhere", or name another folder with --run-dir\n',
    )
  })
})

describe('mistakes a stranger makes', () => {
  test.each([
    [['takover'], 'Did you mean takeover?'],
    [['failover'], 'tandem takeover (typed on the node that shall take over)'],
    [['restart'], 'systemctl restart tandemd'],
    [['constructor'], "unknown command 'constructor'"],
    [['takeover', 'web'], 'one of all, local, foreign, failback'],
    [['takeover', 'web'], 'tandem move GROUP --to NODE'],
    [['migrate'], 'tandem move GROUP --to NODE'],
    [['move', 'web'], "required option '--to <node>'"],
    [['move', 'web', '--to', 'beta', '--accept-two-holders'], 'wants a reason'],
    [['takeover', 'local', 'foreign'], 'too many arguments'],
    [['standby', 'beta'], 'one of all, local, foreign, failback'],
    [['unstandby', 'all'], 'too many arguments'],
    [['status', 'a', 'b'], 'too many arguments'],
    [['status', '--jsn'], 'Did you mean --json?'],
    [['takeover', '--timeout', 'soon'], 'a number of seconds'],
    [['takeover', '--timeout', '0'], 'a number of seconds'],
    [['takeover', '--timeout', '1.2.3'], 'a number of seconds'],
    [['check', '--format', 'xml'], 'text, json, gcc'],
    [['status', '--run-dir'], 'argument missing'],
    [['key', 'old'], "unknown command 'old'"],
    [[], 'Usage: tandem'],
  ])('%j', async (words, text) => {
    const { code, out, err } = await type(['tandem', ...words])
    expect(code).toBe(2)
    expect(err).toContain(text)
    expect(out).toBe('')
  })
})

describe('what needs no daemon', () => {
  test('--version', async () => {
    const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await type(['tandem', '--version'])).toEqual({ code: 0, out: `tandem ${about.version}\n`, err: '' })
  })

  test.each([['--help'], ['takeover', '--help'], ['help', 'status']])(
    '%s is for stdout and names --run-dir',
    async (...words) => {
      const { code, out } = await type(['tandem', ...words])
      expect(code).toBe(0)
      expect(out).toContain('--run-dir')
    },
  )

  test('check prints what it found and passes on its exit code', async () => {
    const { code, out, err } = await type(['tandem', 'check', '--config-dir', '/nowhere', '--node', 'alpha'])
    expect([code, err]).toEqual([1, ''])
    expect(out).toContain('/nowhere/ha.cf')
    const json = await type(['tandem', 'check', '--config-dir', '/nowhere', '--format', 'json'])
    expect(json.code).toBe(1)
    expect(() => JSON.parse(json.out)).not.toThrow()
  })

  test('key new: an authkeys file, another one each time', async () => {
    const { code, out } = await type(['tandem', 'key', 'new'])
    expect(code).toBe(0)
    expect(out).toMatch(/^auth 1\n1 sha256 [0-9a-f]{64}\n$/)
    expect((await type(['tandem', 'key', 'new'])).out).not.toBe(out)
  })
})
