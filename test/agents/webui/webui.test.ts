import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type BindContext, type Bound, type Host, isProblem } from '../../../src/agents/agent.ts'
import { type AskWeb, askWeb } from '../../../src/agents/webui/ask.ts'
import { judge, wrongStatus } from '../../../src/agents/webui/judge.ts'
import { webui } from '../../../src/agents/webui/webui.ts'
import { usualOperations } from '../../../src/config/operations.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listening(server: { listen: Server['listen']; address: Server['address']; close(): unknown }) {
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  closing.push(() => void server.close())
  return (server.address() as { port: number }).port
}
const serving = (listener: RequestListener) => listening(createServer(listener))
const ask = (port: number, timeoutMs = 5_000, scheme = 'http', certificate = true) =>
  askWeb({ url: new URL(`${scheme}://127.0.0.1:${port}/nagios/`), timeoutMs, certificate })

describe('a question', () => {
  test('brings status and page', async () => {
    const port = await serving((request, response) => response.end(`the page of ${request.url}`))
    expect(await ask(port)).toEqual({ status: 200, text: 'the page of /nagios/' })
  })

  test('a redirection is an answer, and is not followed', async () => {
    const port = await serving((_, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end())
    expect(await ask(port)).toEqual({ status: 302, text: '' })
  })

  test('nothing listens', async () => {
    const server = createTcp()
    const port = await listening(server as unknown as Server)
    await new Promise(resolve => server.close(resolve))
    closing.length = 0
    expect(await ask(port)).toEqual({ silent: 'nothing listens there' })
  })

  test('a server that accepts and never answers takes no longer than the limit', async () => {
    const server = createTcp(socket => closing.push(() => socket.destroy()))
    const port = await listening(server as unknown as Server)
    const begun = Date.now()
    expect(await ask(port, 300)).toEqual({ silent: 'no answer within 0.3 s' })
    expect(Date.now() - begun).toBeLessThan(2_000)
  })

  test('neither does one that answers a byte at a time, for ever', async () => {
    const port = await serving((_, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      closing.push(() => clearInterval(timer))
      response.on('close', () => clearInterval(timer))
    })
    expect(await ask(port, 300)).toEqual({ silent: 'no answer within 0.3 s' })
  })

  test('an answer that is cut off is none', async () => {
    const port = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await ask(port)).toEqual({ silent: expect.stringMatching(/cut|aborted/) })
  })

  test('a page that never ends is read so far', async () => {
    const port = await serving((_, response) => {
      const page = (): void => {
        if (!response.destroyed) response.write('x'.repeat(100_000), () => setImmediate(page))
      }
      page()
    })
    const answer = await ask(port)
    expect('text' in answer && answer.text.length).toBeGreaterThanOrEqual(512 * 1024)
  })

  const openssl = spawnSync('openssl', ['version']).status === 0
  if (!openssl) console.warn('NOT TESTED: a certificate that nobody vouches for; openssl is not installed')
  test.runIf(openssl)('a certificate that nobody vouches for is refused, and accepted if one says so', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-webui-'))
    closing.push(() => rmSync(dir, { recursive: true }))
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2']
    expect(spawnSync('openssl', [...words, '-keyout', 'key', '-out', 'cert'], { cwd: dir }).status).toBe(0)
    const [key, cert] = ['key', 'cert'].map(name => readFileSync(join(dir, name)))
    const port = await listening(createSecure({ key: key!, cert: cert! }, (_, response) => void response.end('safe')))
    expect(await ask(port, 5_000, 'https')).toEqual({ silent: expect.stringContaining('"certificate = off" accepts') })
    expect(await ask(port, 5_000, 'https', false)).toEqual({ status: 200, text: 'safe' })
  })
})

describe('an answer', () => {
  const url = 'http://127.0.0.1/'
  const expecting = (status?: string, text?: string) => ({ url, status, text })

  test.each([
    [200, undefined, undefined],
    [401, undefined, undefined],
    [302, '2xx,302', undefined],
    [204, '2XX', undefined],
    [200, '200', 'Nagios'],
  ])('%d with status %s and text %s is good', (status, wanted, text) =>
    expect(judge({ status, text: 'Nagios Core' }, expecting(wanted, text))).toEqual({ status: 'running' }),
  )

  test.each([
    [{ status: 503, text: '' }, expecting(), `${url}: answers 503`],
    [{ status: 401, text: '' }, expecting('200'), `${url}: answers 401, not 200`],
    [{ status: 200, text: 'It works!' }, expecting(undefined, 'Nagios'), `${url}: the page does not have "Nagios"`],
    [{ silent: 'nothing listens there' }, expecting(), `${url}: nothing listens there`],
  ])('%j is wrong', (answer, expected, why) => expect(judge(answer, expected)).toEqual({ status: 'unknown', why }))

  test.each(['200', '2xx', '200, 3XX'])('"%s" is a list of statuses', text => expect(wrongStatus(text)).toBeUndefined())
  test.each(['', 'ok', '20', '2000', '200;301', '6xx', '.*'])('"%s" is none', text =>
    expect(wrongStatus(text)).toContain('200,301'),
  )
})

describe('the resource', () => {
  const context = (own: Record<string, string | number | boolean> = {}): BindContext => ({
    resource: 'webui::apache2',
    group: 'web' as BindContext['group'],
    node: 'alpha' as BindContext['node'],
    configDir: '/etc/ha.d',
    directives: new Map(),
    operations: { ...usualOperations, own: new Map(Object.entries(own)) },
  })
  /** A host whose unit is as told. */
  const host = (active: string, ask: AskWeb): Host =>
    ({
      clock: { nowMs: () => 0, after: () => () => {} },
      askWeb: ask,
      run: async () => ({
        ok: true,
        end: { by: 'exit', code: 0 },
        output: `LoadState=loaded\nActiveState=${active}\nSubState=x\nResult=success\n`,
      }),
    }) as unknown as Host

  test('runs when its unit runs and its page answers', async () => {
    const asked: unknown[] = []
    const answering: AskWeb = async question => {
      asked.push({ ...question, url: question.url.href })
      return { status: 200, text: 'Nagios' }
    }
    const bound = webui.bind(
      ['apache2', 'https://[2001:db8', '1]/nagios/'],
      context({ within: 3_000, certificate: false }),
    )
    expect(isProblem(bound)).toBe(false)
    expect(await (bound as Bound).monitor(host('active', answering))).toEqual({ status: 'running' })
    expect(asked).toEqual([{ url: 'https://[2001:db8::1]/nagios/', timeoutMs: 3_000, certificate: false }])
  })

  test('a unit that is down is not asked for a page', async () => {
    const refusing: AskWeb = () => Promise.reject(new Error('asked'))
    const bound = webui.bind(['apache2', 'http://127.0.0.1/'], context()) as Bound
    expect(await bound.monitor(host('inactive', refusing))).toMatchObject({ status: 'stopped' })
  })

  test.each([
    [[], {}, 'webui::apache2 needs a unit and a URL; write webui::UNIT::URL'],
    [['apache2'], {}, 'webui::apache2 needs a unit and a URL; write webui::UNIT::URL'],
    [['apache2', 'nagios'], {}, '"nagios" is no URL; write one as in http://127.0.0.1/nagios/'],
    [['apache2', 'ftp://127.0.0.1/'], {}, '"ftp://127.0.0.1/" is no URL; write one as in http://127.0.0.1/nagios/'],
    [['-x', 'http://127.0.0.1/'], {}, '"-x" is not a systemd unit'],
    [
      ['apache2', 'http://127.0.0.1/'],
      { status: 'fine' },
      'agents.ini: status "fine" of webui::apache2: write statuses as in 200, 2xx or 200,301',
    ],
  ])('%j %j is a problem', (args, own, problem) => expect(webui.bind(args, context(own))).toEqual({ problem }))
})
