import { type Agent, type BindContext, isProblem, type Problem } from '../agent.ts'
import { systemd, unitName, unitTimeouts } from '../systemd.ts'
import { judge, wrongStatus } from './judge.ts'
import { portTaken } from './port.ts'

const usage = 'webui::UNIT::URL'
const usualWithinMs = 10_000

/** A web server and one page of it: it runs when its unit runs and the page is answered. */
export const webui: Agent = {
  meta: {
    name: 'webui',
    summary: 'A systemd unit that serves a web page, and answers for it',
    usage,
    timeouts: unitTimeouts,
    yieldsToScript: true,
    keys: [
      {
        name: 'status',
        kind: 'text',
        default: undefined,
        summary: 'the page answers with this, as in 200, 2xx or 200,301; left out: with anything below 500',
      },
      { name: 'text', kind: 'text', default: undefined, summary: 'the page has these words' },
      { name: 'within', kind: 'time', default: '10s', summary: 'the whole page has to be there within this time' },
      {
        name: 'certificate',
        kind: 'switch',
        default: 'on',
        summary: 'the certificate of https has to be good; off: any will do',
      },
    ],
  },
  bind(args, context) {
    const wanted = wantedOf(args, context)
    if (isProblem(wanted)) return wanted
    const { resource } = context
    const { unit, url, expected, timeoutMs, certificate } = wanted
    const bound = systemd(unit, context)
    return {
      ...bound,
      async monitor(host) {
        const seen = await bound.monitor(host)
        if (seen.status !== 'running') return seen
        return judge(await host.askWeb({ url, timeoutMs, certificate }), expected)
      },
      ready: async host => [...((await bound.ready?.(host)) ?? []), ...(await portTaken(host, resource, url))],
    }
  },
}

function wantedOf(args: readonly string[], { resource, operations }: BindContext) {
  // An IPv6 address in the URL was cut at its `::`.
  const [word = '', ...rest] = args
  const text = rest.join('::')
  if (word === '' || text === '') return problem(`${resource} needs a unit and a URL; write ${usage}`)
  const unit = unitName(word)
  if (isProblem(unit)) return unit
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return problem(`"${text}" is no URL; write one as in http://127.0.0.1/nagios/`)
  const own = (key: string) => operations?.own.get(key)
  const textOf = (key: string): string | undefined => (own(key) === undefined ? undefined : String(own(key)))
  const status = textOf('status')
  const wrong = status === undefined ? undefined : wrongStatus(status)
  if (wrong !== undefined) return problem(`agents.ini: status "${status}" of ${resource}: ${wrong}`)
  const expected = { url: text, status, text: textOf('text') }
  const within = own('within')
  const timeoutMs = typeof within === 'number' ? within : usualWithinMs
  return { unit, url, expected, timeoutMs, certificate: own('certificate') !== false }
}

const problem = (text: string): Problem => ({ problem: text })
