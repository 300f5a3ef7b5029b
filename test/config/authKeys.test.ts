import { describe, expect, test } from 'vitest'
import { exampleKey } from '../../src/config/authKeys.ts'
import { briefly, haCfWith, read, settingsOf } from './reading.ts'

const hex = (digit: string): string => digit.repeat(64)
const keysOf = (authKeys: string, ...lines: string[]) => settingsOf({ authKeys, haCf: haCfWith(...lines) }).keys
const text = (key: string): Uint8Array => new TextEncoder().encode(key)

describe('keys', () => {
  test('sha256 is 32 bytes', () => {
    const keys = keysOf(`auth 0\n0 sha256 ${hex('a').toUpperCase()}\n`)
    expect(keys.send).toBe(0)
    expect(keys.secrets.get(0)).toEqual(new Uint8Array(32).fill(0xaa))
  })

  test('md5 and sha1 are the text of their key, with a warning', () => {
    const reading = read({ authKeys: 'auth 2\n1 md5 sixteen-letters-\n2 sha1 sechzehn-ä-bytes\n' })
    expect([...reading.settings!.keys.secrets]).toEqual([
      [1, text('sixteen-letters-')],
      [2, text('sechzehn-ä-bytes')],
    ])
    expect(briefly(reading)).toEqual(['warning HA310 2:3', 'warning HA310 3:3'])
  })

  test('order means nothing, and all that are listed are accepted', () => {
    const keys = keysOf(`15 sha256 ${hex('1')}\n3 sha256 ${hex('2')}\n# x\nauth 15\n`)
    expect(keys.send).toBe(15)
    expect([...keys.secrets.keys()]).toEqual([15, 3])
  })

  test('allow_insecure_auth turns crc and short keys into warnings, whatever the order of files', () => {
    const authKeys = 'auth 1\n1 crc\n2 sha1 HI!\n'
    expect(briefly(read({ authKeys })).filter(said => said.startsWith('error'))).toEqual([
      'error HA309 2:3',
      'error HA308 3:8',
    ])
    const allowed = read({ authKeys, haCf: haCfWith('allow_insecure_auth yes') })
    expect(briefly(allowed)).toEqual(['warning HA309 2:3', 'warning HA310 3:3', 'warning HA308 3:8'])
    expect([...allowed.settings!.keys.secrets.values()]).toEqual([text('crc'), text('HI!')])
  })

  test('it does not mend the file itself', () => {
    const reading = read({ haCf: haCfWith('allow_insecure_auth yes') }, {}, { mode: 0o644 })
    expect(briefly(reading)).toEqual(['error HA311 0:0'])
  })

  test('the key of the examples is named', () => {
    expect(briefly(read({ authKeys: `auth 1\n1 sha256 ${exampleKey}\n` }))).toEqual(['warning HA316 2:10'])
  })
})

describe('what is refused', () => {
  const good = `1 sha256 ${hex('1')}\n`
  test.each([
    ['', 'HA302 0:0'],
    [good, 'HA302 0:0'],
    [`auth 2\n${good}`, 'HA303 1:6'],
    [`auth one\n${good}`, 'HA304 1:6'],
    [`auth 16\n${good}`, 'HA304 1:6'],
    [`auth\n${good}`, 'HA301 1:1'],
    [`auth 1 2\n${good}`, 'HA304 1:8'],
    [`auth 1\n${good}16 crc\n`, 'HA304 3:1'],
    [`auth 1\n${good}x crc\n`, 'HA301 3:1'],
    ['auth 1\n1\n', 'HA306 2:1'],
    ['auth 1\n1 sha1\n', 'HA306 2:3'],
    ['auth 1\n1 SHA1 aaaaaaaaaaaaaaaaaaaaa\n', 'HA305 2:3'],
    ['auth 1\n1 sha512 aaaaaaaaaaaaaaaaaaa\n', 'HA305 2:3'],
    [`auth 1\n1 sha256 ${hex('1')}1\n`, 'HA307 2:10'],
    ['auth 1\n1 sha256 0123\n', 'HA307 2:10'],
    ['auth 1\n1 md5 15-letters-long\n'.replace('-long', ''), 'HA308 2:7'],
  ])('%j: %s', (authKeys, expected) => {
    const reading = read({ authKeys })
    expect(reading.settings).toBeUndefined()
    const errors = reading.problems
      .filter(({ level }) => level === 'error')
      .map(({ code, line, column }) => `${code} ${line}:${column}`)
    expect(errors).toContain(expected)
  })

  test.each([
    [{ mode: 0o640 }, 'HA311', 'run: chmod 600 authkeys'],
    [{ mode: 0o601 }, 'HA311', 'run: chmod 600 authkeys'],
    [{ mode: 0o700 }, 'HA311', 'run: chmod 600 authkeys'],
    [{ uid: 1000 }, 'HA312', 'run: chown root:root authkeys'],
    [{ isSymlink: true }, 'HA313', 'run: cp --remove-destination "$(readlink -f authkeys)" authkeys'],
  ])('%j', (file, code, fix) => {
    expect(read({}, {}, file).problems).toMatchObject([{ level: 'error', code, fix }])
  })

  test.each([{ mode: 0o600, uid: 0, isSymlink: false }, { mode: 0o400 }, {}])('%j is accepted', file => {
    expect(read({}, {}, file).problems).toEqual([])
  })
})
