/** `tandem check --live`, as typed on a host that has an address to give and a directory to mount. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { goodHaCf, goodKeys } from '../../config/reading.ts'
import { type } from '../fake.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-live-'))
  write('ha.cf', goodHaCf.replace('eth0 eth1', 'lo'))
  write('authkeys', goodKeys, 0o600)
  write('nodeinfo', 'alpha\n')
  write('haresources', `alpha 10.0.0.100/24/lo Filesystem::${dir}::${dir}/mnt::none::bind\n`)
})
afterEach(() => rmSync(dir, { recursive: true }))

function write(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(dir, name), text)
  chmodSync(join(dir, name), mode)
}
const tandem = (...words: string[]) => type(['tandem', '--run-dir', join(dir, 'run'), ...words, '--config-dir', dir])

/** As beta would print them. */
async function factsOf(node: string, change: (facts: Record<string, unknown>) => void = () => {}): Promise<string> {
  const { out } = await tandem('facts')
  const facts = { ...JSON.parse(out), node }
  change(facts)
  write(`${node}.json`, `${JSON.stringify(facts)}\n`)
  return join(dir, `${node}.json`)
}

describe('tandem check --live', () => {
  test('tells of each resource whether it could start, and compares with what the other node said', async () => {
    const facts = await factsOf('beta', one => {
      one['groupsDigest'] = 7
    })
    const { out, code } = await tandem('check', '--live', '--facts', facts)
    expect(out).toContain('live on alpha:')
    expect(out).toMatch(/10\.0\.0\.100\/24\/lo +ready\n/)
    expect(out).toMatch(/mnt::none::bind +ready, but\n +warning: \S+\/mnt is not there; the first start makes it/)
    expect(out).toMatch(
      /compared with beta \(from .*beta\.json\): not alike\n +error: haresources does not say the same/,
    )
    expect(code).toBe(1)
  })

  test('as JSON has both parts', async () => {
    const { out } = await tandem('check', '--live', '--facts', await factsOf('beta'), '--format', 'json')
    expect(JSON.parse(out)).toMatchObject({
      schema: 'tandem/check/v1',
      live: { node: 'alpha', compared: [{ node: 'beta', findings: [] }] },
    })
  })

  test('facts of this node, or of a stranger, are no comparison', async () => {
    const { out } = await tandem(
      'check',
      '--live',
      '--no-ssh',
      '--facts',
      await factsOf('alpha'),
      await factsOf('zeta'),
    )
    expect(out).toContain('has the facts of this node; bring those of another one')
    expect(out).toContain('has the facts of zeta, which is no node of ha.cf')
    expect(out).toMatch(
      /compared with beta: not done\n +warning: not compared: it was not asked; on beta type: tandem facts > beta\.json/,
    )
  })

  test('looks at nothing while the files have errors', async () => {
    write('haresources', 'omega 10.0.0.100/24/lo\n')
    const { out, code } = await tandem('check', '--live')
    expect(out).toContain('this host was not looked at: the files come first')
    expect(code).toBe(1)
    expect((await tandem('facts')).code).toBe(1)
  })

  test.each([
    [['check', '--facts', 'x'], '--facts goes with --live'],
    [['check', '--live', '--format', 'gcc'], '--live prints text or json, not gcc'],
    [['check', '--live', '--node', 'beta'], '--live looks at this node, not at another one'],
  ])('%j is refused', async (words, why) => {
    const { err, code } = await tandem(...words)
    expect(err).toContain(why)
    expect(code).toBe(2)
  })
})
