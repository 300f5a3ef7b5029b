/** The drop-in by which systemd stops a unit after us, and the words with which we stop it nevertheless. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunRequest } from '../../src/agents/agent.ts'
import type { Ran } from '../../src/agents/ran.ts'
import { stopWords } from '../../src/agents/systemd.ts'
import { orderAtShutdown } from '../../src/daemon/shutdownOrder.ts'

const ran = (code: number): Ran => ({ command: 'systemctl', ok: code === 0, end: { by: 'exit', code }, output: '' })

describe('units that are resources', () => {
  let folder = ''
  let asked: string[] = []
  let said: string[] = []
  let code = 0
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-order-'))
    asked = []
    said = []
    code = 0
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const order = (...units: readonly string[]): Promise<void> =>
    orderAtShutdown(units, {
      folder: join(folder, 'tandemd.service.d'),
      run: async ({ file, args }: RunRequest) => {
        asked.push([file, ...args].join(' '))
        return ran(code)
      },
      say: text => said.push(text),
    })
  const file = () => join(folder, 'tandemd.service.d/50-resources.conf')
  const text = () => readFileSync(file(), 'utf8')

  test('are stopped after us, each named once, and systemd is told', async () => {
    await order('nagios4.service', 'apache2.service', 'nagios4.service')
    expect(text().split('\n').slice(1)).toEqual(['[Unit]', 'After=apache2.service', 'After=nagios4.service', ''])
    expect(asked).toEqual(['systemctl daemon-reload'])
  })

  test('that are the same as before cost nothing: a daemon that is restarted does not bother systemd', async () => {
    await order('a.service', 'b.service')
    await order('b.service', 'a.service')
    expect(asked).toHaveLength(1)
    await order('b.service')
    expect(asked).toHaveLength(2)
    expect(text()).not.toContain('a.service')
  })

  test('where there are none, nothing is written, and what was is removed', async () => {
    await order()
    expect(existsSync(join(folder, 'tandemd.service.d'))).toBe(false)
    await order('a.service')
    await order()
    expect(existsSync(file())).toBe(false)
    expect(asked).toHaveLength(2)
  })

  test('what cannot be done is told with its consequence', async () => {
    code = 1
    await order('a.service')
    expect(said.at(-1)).toMatch(/^systemctl daemon-reload failed: at a shutdown .* may stop units before their turn$/)
    rmSync(join(folder, 'tandemd.service.d'), { recursive: true })
    writeFileSync(join(folder, 'tandemd.service.d'), '')
    await order('a.service')
    expect(said.at(-1)).toMatch(/50-resources\.conf cannot be written \(.*\): at a shutdown/)
  })
})

describe('a unit is stopped', () => {
  const shown = (ours: string, needing = '') =>
    `RequiredBy=${needing}\nBoundBy=\nConsistsOf=\nActiveState=active\n\nRequiredBy=x.target\nActiveState=${ours}\n`

  test('as ever, while tandemd runs or is no service at all', () => {
    for (const ours of ['active', 'inactive']) expect(stopWords('a.service', shown(ours))).toEqual([['a.service']])
    expect(stopWords('a.service', '')).toEqual([['a.service']])
  })

  test('whatever the order, while systemd stops tandemd: it would wait for us, and we for it', () => {
    const now = '--job-mode=ignore-dependencies'
    expect(stopWords('a.service', shown('deactivating'))).toEqual([[now, 'a.service']])
    expect(stopWords('a.service', shown('deactivating', 'b.service c.service'))).toEqual([
      [now, 'b.service', 'c.service'],
      [now, 'a.service'],
    ])
  })
})
