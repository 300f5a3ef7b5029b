import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { Host, RunRequest } from '../../../src/agents/agent.ts'
import { portTaken } from '../../../src/agents/webui/port.ts'

/** The real `ss`. */
const host = {
  async run({ file, args = [] }: RunRequest) {
    const { status, stdout } = spawnSync(file, [...args], { encoding: 'utf8' })
    return { ok: status === 0, end: { by: 'exit', code: status }, output: stdout, command: file }
  },
} as unknown as Host

test('whoever listens at the port of the page is named, and only he', async () => {
  const server = createServer()
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const url = new URL(`http://10.0.0.9:${port}/nagios/`)
  expect(await portTaken(host, 'web', url)).toEqual([
    {
      level: 'error',
      text: expect.stringMatching(new RegExp(`^port ${port} is taken by .*process ${process.pid}\\); stop it`)),
    },
  ])
  await new Promise(resolve => server.close(resolve))
  expect(await portTaken(host, 'web', url)).toEqual([])
})

test.each([
  ['http://a/', 'sport = :80'],
  ['https://a/', 'sport = :443'],
  ['https://a:8443/', 'sport = :8443'],
])('the port of %s', async (url, wanted) => {
  const asked: string[] = []
  const silent = {
    async run({ args = [] }: RunRequest) {
      asked.push(...args)
      return { ok: false, output: 'ss: not found' }
    },
  } as unknown as Host
  expect(await portTaken(silent, 'web', new URL(url))).toEqual([])
  expect(asked).toContain(wanted)
})
