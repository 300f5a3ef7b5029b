/** The files of etc-examples/, as `tandem check` reads them. */
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { keys as mysqlKeys } from '../src/agents/mysqlrole/wanted.ts'
import { runCheck } from '../src/cli/check.ts'
import { operationKeys, readKeyValue } from '../src/config/agentKeys.ts'
import { operationsWith, usualOperations } from '../src/config/operations.ts'
import { readSettings } from '../src/config/readSettings.ts'
import { readFiles } from '../src/daemon/readFiles.ts'

const examples = fileURLToPath(new URL('../etc-examples', import.meta.url))
const agentsIni = readFileSync(join(examples, 'agents.ini'), 'utf8')
/** Each a folder of its own, with all files but the keys. */
const recipes = ['address-only', 'four-nodes/application', 'four-nodes/database', 'mysql-pair', 'nagios-drbd']
/** Interfaces, scripts, the public key. */
const ofThisPlace = ['HA141', 'HA218', 'HA210', 'HA311', 'HA312', 'HA316']
/** Every commented key is written. */
const allWritten = agentsIni.split('# --- Databases')[0]!.replace(/^#(\w+ =|\[\w+\]$)/gm, '$1')

describe('etc-examples', () => {
  test('has nothing that check objects to, but what belongs to the place it lies in', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-examples-'))
    try {
      cpSync(examples, dir, { recursive: true })
      const { output } = await runCheck({ configDir: dir, node: 'alpha', format: 'json', color: false })
      const { problems } = JSON.parse(output) as { problems: { code: string; level: string }[] }
      expect(problems.filter(({ code }) => !ofThisPlace.includes(code))).toEqual([])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test.each(recipes)('the recipe %s has nothing that check objects to either', async recipe => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-recipe-'))
    try {
      cpSync(join(examples, recipe), dir, { recursive: true })
      cpSync(join(examples, 'authkeys'), join(dir, 'authkeys'))
      for (const name of ['authkeys', 'agents.ini']) if (existsSync(join(dir, name))) chmodSync(join(dir, name), 0o600)
      const [node] = /^node (\S+)/m.exec(readFileSync(join(dir, 'ha.cf'), 'utf8'))!.slice(1)
      const { output } = await runCheck({ configDir: dir, node: node!, format: 'json', color: false })
      const { problems } = JSON.parse(output) as { problems: { code: string; level: string }[] }
      expect(problems.filter(({ code }) => !ofThisPlace.includes(code))).toEqual([])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('agents.ini is obeyed', () => {
    expect(read(agentsIni).settings?.operations.get('web')).toMatchObject({
      startTimeoutMs: 120_000,
      stopTimeoutMs: 60_000,
      retries: 1,
      failoverLimit: usualOperations.failoverLimit,
    })
  })

  test('agents.ini explains every key that all resources have', () => {
    for (const { name } of operationKeys) expect(agentsIni).toMatch(new RegExp(`^#?${name} = `, 'm'))
  })

  test('agents.ini explains every key of every agent that needs some, with what holds without it', () => {
    for (const { name, default: usual } of mysqlKeys) {
      expect(agentsIni).toMatch(new RegExp(`^#${name} = `, 'm'))
      if (usual !== undefined) expect(agentsIni).toContain(`#${name} = ${usual}\n`)
    }
  })

  test('agents.ini with every line written says what holds without it', () => {
    const { settings, problems } = read(allWritten)
    expect(problems.map(({ code }) => code)).toEqual(['HA408']) // there is no file system in the example
    const address = settings!.operations.get('IPaddr2::10.0.0.100/24/eth0')!
    const limits = { monitorTimeoutMs: 20_000, startTimeoutMs: 600_000, stopTimeoutMs: 600_000 }
    expect(address).toEqual({ ...usualOperations, ...limits })
  })

  test('every default can be read', () => {
    for (const key of operationKeys)
      if (key.default !== undefined) expect(readKeyValue(key, key.default)).toHaveProperty('value')
    expect(operationsWith(new Map(), []).monitorIntervalMs).toBe(10_000)
  })
})

function read(text: string) {
  const files = { ...readFiles(examples), agentsIni: { name: 'agents.ini', text } }
  const authKeys = { ...files.authKeys, mode: 0o600, uid: 0 }
  const reading = readSettings({ ...files, authKeys }, { nodeName: 'alpha', hasScript: () => true })
  return { ...reading, problems: reading.problems.filter(({ file }) => file === 'agents.ini') }
}
