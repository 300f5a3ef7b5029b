/** The program: what bin/tandem and its other names start. */
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

const terminal: Terminal = {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  isTty: process.stdout.isTTY === true,
  columns: () => process.stdout.columns ?? 80,
  rows: () => process.stdout.rows ?? 24,
  env: process.env,
  whenInterrupted: then => {
    process.once('SIGINT', then)
    process.once('SIGTERM', then)
  },
}

// A reader that has seen enough (`tandem status | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

/** The wrapper in bin/ passes the name it was called by as a first, hidden word. */
const [first = '', ...rest] = process.argv.slice(2)
const named = first.startsWith('--called=')
const called = named ? first.slice('--called='.length) : (process.argv[1] ?? 'tandem')

// Output to pipes, files and terminals is written at once on Linux, so leaving at once loses nothing.
run(called, named ? rest : process.argv.slice(2), terminal).then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`tandem: this is a fault in tandem itself: ${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  },
)
