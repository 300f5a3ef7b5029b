/**
 * `tandem-drbd-fence`, to be named in drbd.conf as fence-peer handler: the successor of drbd-peer-outdater and dopd. DRBD
 * has stopped all I/O of the resource meanwhile, or refuses to promote it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { defaultRunDir } from './client.ts'
import { type FenceAnswer, fenceAnswer, fenceCodes, peerIn } from './fenceAnswer.ts'
import { readStatus } from './statusCommand.ts'
import type { Terminal } from './terminal.ts'

const usage = `tandem-drbd-fence [-t SECONDS] [-p PEER] [-r RESOURCE] [--run-dir DIR]

Called by DRBD. In the configuration of DRBD:

  disk { fencing resource-and-stonith; }    (DRBD 9: in the section net)
  handlers { fence-peer "/usr/bin/tandem-drbd-fence"; }

  -t SECONDS   how long a peer that may yet turn out to be dead is waited for (60)
  -p, -r       instead of what DRBD says in DRBD_PEER and DRBD_RESOURCE

Exit codes, as DRBD wants them: 4 the peer's disk is outdated, 5 the peer is dead, 6 it is active, 7 it was fenced;
1: it cannot be told, and DRBD stays on the safe side.
`

const againMs = 250

export async function drbdFence(words: readonly string[], terminal: Terminal): Promise<number> {
  const options = readOptions(words, terminal.env)
  if (typeof options === 'string') {
    terminal.err(`${options}\n\n${usage}`)
    return fenceCodes.unknown
  }
  if (options.help) {
    terminal.out(usage)
    return 0
  }
  const { peer, resource, seconds, runDir } = options
  const sinceMs = performance.now()
  const untilMs = sinceMs + seconds * 1_000
  const end = (code: number, why: string): number => {
    // It goes to the log of the kernel's helper, if anywhere: DRBD itself keeps only the code.
    terminal.err(`tandem-drbd-fence: ${resource}: ${why}; answered ${code}\n`)
    return code
  }
  for (;;) {
    const read = await readStatus(runDir)
    const answer: FenceAnswer = read.ok
      ? fenceAnswer(read.status, peer, resource, performance.now() - sinceMs)
      : { later: fenceCodes.unknown, why: `tandemd cannot be asked: ${read.why}` }
    if ('code' in answer) return end(answer.code, answer.why)
    if (performance.now() + againMs >= untilMs) return end(answer.later, `${answer.why}, after ${seconds} s`)
    await sleep(againMs)
  }
}

function readOptions(words: readonly string[], env: Terminal['env']) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        timeout: { type: 'string', short: 't', default: '60' },
        peer: { type: 'string', short: 'p' },
        resource: { type: 'string', short: 'r' },
        'run-dir': { type: 'string', default: defaultRunDir },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const seconds = Number(values.timeout)
    if (!(seconds > 0 && seconds <= 3_600)) return `-t ${values.timeout} is not a number of seconds up to 3600`
    const peer = values.peer ?? peerIn(env)
    const resource = values.resource ?? env['DRBD_RESOURCE']
    if (!values.help && peer === undefined) return 'no peer: DRBD says it in DRBD_PEER; by hand, -p PEER'
    if (!values.help && resource === undefined)
      return 'no resource: DRBD says it in DRBD_RESOURCE; by hand, -r RESOURCE'
    return { help: values.help, seconds, peer: peer ?? '', resource: resource ?? '', runDir: values['run-dir'] }
  } catch (error) {
    return (error as Error).message
  }
}
