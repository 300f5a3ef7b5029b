/** A database role in haresources: what ha.cf and agents.ini have to say with it. */
import { describe, expect, test } from 'vitest'
import { hostFacts } from '../../src/daemon/readFiles.ts'
import { briefly, haCfWith, read } from './reading.ts'

const { agentKeys, settingsProblem, movesData } = hostFacts('/nowhere', () => undefined, 'alpha')
const host = { agentKeys: agentKeys!, settingsProblem: settingsProblem!, movesData: movesData! }
const haResources = 'alpha 10.0.0.9/24/eth0 mysqlrole::main\nbeta web\n'
const agentsIni = '[mysqlrole::main]\ndatabases = alpha=10.0.0.1 beta=10.0.0.2\n'
const check = (texts: object) => read({ haResources, agentsIni, ...texts }, host)

describe('auto_failback', () => {
  test('off is what it wants', () => expect(briefly(check({}))).toEqual([]))

  test.each([
    ['on', ['error HA221 1:24']],
    ['legacy', ['warning HA151 7:15', 'error HA221 1:24']],
  ])('%s is refused, where the role stands', (word, problems) => {
    const reading = check({ haCf: haCfWith(`auto_failback ${word}`) })
    expect(briefly(reading)).toEqual(problems)
    expect(reading.problems.at(-1)).toMatchObject({ fix: expect.stringContaining('write auto_failback off in ha.cf') })
    expect(reading.settings).toBeUndefined()
  })

  test('on is fine with anything else', () => {
    expect(
      briefly(check({ haCf: haCfWith('auto_failback on'), haResources: 'alpha web\n', agentsIni: undefined })),
    ).toEqual([])
  })
})

describe('databases', () => {
  test.each([
    [undefined, ['error HA414 0:0'], 'databases of mysqlrole::main: it is missing'],
    ['[mysqlrole]\nmax_lag = 5s\n', ['error HA414 1:2'], 'it is missing'],
    [
      '[default]\nretries = 1\n[mysqlrole]\nmax_lag = 5s\n[mysqlrole::main]\ndatabases = x\n',
      ['error HA414 5:2'],
      '"x" is no NODE',
    ],
    ['[mysqlrole]\ndatabases = beta=b gamma=c\n', ['error HA414 1:2'], 'does not name alpha'],
    ['[mysqlrole]\nmaxlag = 3\n', ['error HA414 1:2', 'error HA404 2:1'], 'it is missing'],
  ])('%j', (text, problems, says) => {
    const reading = check({ agentsIni: text })
    expect(briefly(reading)).toEqual(problems)
    expect(reading.problems.find(({ code }) => code === 'HA414')?.text).toContain(says)
  })
})
