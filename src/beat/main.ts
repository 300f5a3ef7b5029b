/** tandem-beat --run-dir DIR [--realtime]: the process that sends and receives heartbeats. */
import { parseArgs } from 'node:util'
import { startBeat } from './beat.ts'
import { watchedBy } from './watched.ts'

/** Output may go to a pipe that nobody holds any more: that must not end the heartbeat. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

function readOptions(): { runDir: string; realtime: boolean } {
  try {
    const { values } = parseArgs({
      options: { 'run-dir': { type: 'string' }, realtime: { type: 'boolean', default: false } },
    })
    const runDir = values['run-dir']
    if (runDir !== undefined && runDir !== '') return { runDir, realtime: values.realtime }
    return fail('--run-dir is missing', 2)
  } catch (error) {
    return fail((error as Error).message, 2)
  }
}

function fail(text: string, code: number): never {
  process.stderr.write(`tandem-beat: ${text}; usage: tandem-beat --run-dir DIR [--realtime]\n`)
  process.exit(code)
}

process.title = 'tandem-beat'
const options = readOptions()
const watched = watchedBy(process.env['TANDEM_NOTIFY_FD'])
startBeat({ ...options, exit: code => process.exit(code), turned: watched.turned }).then(
  beat => {
    watched.ready()
    process.on('SIGTERM', () => beat.end())
    process.on('SIGINT', () => beat.end())
    // Of the terminal it was started from, which has nothing to say to it.
    process.on('SIGHUP', () => {})
  },
  (error: Error) => {
    process.stderr.write(`tandem-beat: ${error.message}\n`)
    process.exit(1)
  },
)
