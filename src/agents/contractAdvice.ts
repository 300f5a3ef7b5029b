/** What was broken, in one sentence, and what to change in a script of its kind. */
import type { Bound, Kind } from './agent.ts'
import type { Rule, Trial } from './contract.ts'
import { explain, lastWords, type Ran } from './ran.ts'

/** Of our own agents. */
const ourForm = { running: 'monitor has to find it running', stopped: 'monitor has to find it stopped' }

/** How a look says each of the two, by kind: the tables are in the file of that kind. */
const forms: Readonly<Partial<Record<Kind, typeof ourForm>>> = {
  'resource.d': {
    running: 'status has to print "running" or "OK"; its exit code means nothing',
    stopped: 'status has to print "not running", or anything without "running" and "OK" in it',
  },
  lsb: {
    running: 'status has to end with exit code 0',
    stopped: 'status has to end with exit code 3 (1: dead and its pid file left, 2: and its lock file)',
  },
  ocf: {
    running: 'monitor has to end with exit code 0 (8 when promoted)',
    stopped: 'monitor has to end with exit code 7',
  },
  systemd: {
    running: 'ActiveState has to be active when systemctl start returns: look at Type= of the unit',
    stopped: 'ActiveState has to be inactive or failed when systemctl stop returns',
  },
}

const mend = 'mend what it says, or the arguments of the resource, and test again'

interface Happened {
  /** What was asked of the agent; within a start it may be a look. */
  readonly action: string
  readonly result: Trial['result']
  /** As the agent put it. */
  readonly why: string | undefined
  readonly bound: Bound
  readonly ran: readonly Ran[]
}

export function adviceFor(rule: Rule, happened: Happened): { readonly why: string; readonly fix: string } {
  const { action, result, bound, why } = happened
  const form = forms[bound.kind] ?? ourForm
  const said = why ?? lookSaid(happened)
  const programs = happened.ran.length > 0
  switch (rule) {
    case 'in-time':
      return { why: said, fix: `find out where it hangs; if it needs longer, ${action}_timeout in agents.ini` }
    case 'status-form':
      return {
        why: `${said}; that is neither running nor stopped`,
        fix: `running: ${form.running}; stopped: ${form.stopped}`,
      }
    case 'stopped-at-first':
    case 'stopped-after-stop':
      return {
        why: `${said}; that counts as ${result}`,
        fix: `${form.stopped}; or it does run: then stop returned too early`,
      }
    case 'running-after-start':
      return {
        why: `${said}; that counts as ${result}`,
        fix: `${form.running}; or it does not run: then start returned too early`,
      }
    case 'start':
      if (!programs) return { why: said, fix: mend }
      return { why: said, fix: 'start has to end with exit code 0 once the service serves' }
    case 'start-twice':
      return { why: said, fix: 'start has to succeed (exit code 0) when it runs already, and to change nothing' }
    case 'stop':
      if (!programs) return { why: said, fix: mend }
      return { why: said, fix: 'stop has to end with exit code 0 once nothing of it runs any more' }
    case 'stop-twice':
      return { why: said, fix: 'stop has to succeed (exit code 0) when it is stopped already' }
  }
}

function lookSaid({ ran, action, result }: Happened): string {
  const last = ran.at(-1)
  if (!last) return `${action} said ${result}`
  return last.end.by === 'exit' && lastWords(last.output) === '' ? `${explain(last)}, it said nothing` : explain(last)
}
