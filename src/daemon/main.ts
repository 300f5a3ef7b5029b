/** tandemd: reads the files, starts the node, answers on the control socket, and leaves in good order. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicClock } from '../agents/clock.ts'
import { runner } from '../agents/runner.ts'
import type { Problem } from '../config/problem.ts'
import { readSettings } from '../config/readSettings.ts'
import { renderProblems } from '../config/render.ts'
import type { Settings } from '../config/settings.ts'
import { beatProgram } from './beatProcess.ts'
import { clocks, nowMs } from './clock.ts'
import { openControl } from './control.ts'
import { openDisk } from './disk.ts'
import { keepWord } from './held.ts'
import { newHistory } from './history.ts'
import { openJournal } from './journal.ts'
import { type Node, startNode } from './node.ts'
import { readOptions } from './options.ts'
import { parameterOf } from './parameter.ts'
import { hostFacts, readFiles, scriptFinder } from './readFiles.ts'
import { newRecorder, newStamp } from './records/recorder.ts'
import { openRecords } from './records/records.ts'
import { hindrance } from './reload.ts'
import { keepRespawning } from './respawn.ts'
import { openService } from './service.ts'
import { dropInFolder, orderAtShutdown } from './shutdownOrder.ts'
import { version } from './version.ts'

async function main(): Promise<void> {
  // Whoever reads our output may go before us.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const options = readOptions()
  if (process.getuid?.() !== 0) return fail('must be run as root: it configures addresses and starts services', 1)
  const service = openService(process.env['TANDEM_NOTIFY_FD'])
  const runDir = options['run-dir']
  const beatDir = options['beat-dir'] ?? runDir
  const dirs = { configDir: options['config-dir'], stateDir: options['state-dir'], runDir, beatDir }
  const read = () => {
    const files = readFiles(dirs.configDir)
    return { files, ...readSettings(files, hostFacts(dirs.configDir, scriptFinder(dirs.configDir), options.node)) }
  }
  const first = read()
  if (first.problems.length > 0)
    process.stderr.write(renderProblems(first.problems, first.files, { format: 'text', color: false }))
  if (first.settings === undefined) return fail('not started: the files above have errors', 6)

  let settings: Settings = first.settings
  const program = options['beat-dir'] === undefined ? attempt(beatProgram) : undefined
  attempt(() => mkdirSync(dirs.runDir, { recursive: true, mode: 0o755 }))
  const journal = openJournal(
    settings.self,
    process.pid,
    () => new Date(),
    text => process.stdout.write(text),
    flush => setImmediate(flush),
  )
  process.on('exit', () => journal.flush()) // also when we crash: the last lines tell why
  journal.use(settings.logging)
  journal.say('info', `Configuration validated. Starting tandem ${version}`)
  const disk = await openDisk(dirs.stateDir)
  if (disk.refused !== undefined) return fail(`not started: ${disk.refused}`, 6)
  if (disk.trouble !== undefined) journal.say('ERROR', disk.trouble)
  const history = newHistory()
  const records = await openRecords(dirs.stateDir, {
    tell: why =>
      why === undefined
        ? journal.say('info', 'the history can be written again')
        : journal.say('ERROR', `the history cannot be written (${why}): what happens now is kept in memory`),
  })
  // Before the journal writes its last lines: this may be one of them.
  process.prependListener('exit', () => {
    const why = records.flushNow()
    if (why !== undefined) journal.say('ERROR', `the last records of the history are lost: ${why}`)
  })
  const stamp = newStamp(settings.self, bootId(), () => new Date())
  const tellOfUs = (code: string, text: string): void => records.add(stamp({ code, level: 'info', text }, nowMs()))
  tellOfUs('manager-started', `the manager of ${settings.self} started (tandem ${version})`)

  let node: Node | undefined
  const sockets = await openControl(dirs.runDir, async (request, tell) => {
    if (node === undefined) throw new Error('the daemon is still starting')
    switch (request.verb) {
      case 'status':
        return { status: await node.status() }
      case 'parameter':
        return { value: parameterOf(settings, request.name) }
      case 'order':
        if (request.dryRun) return node.plan(request.order)
        return node.order(request.order, request.wait, request.timeoutMs, tell)
      case 'reload':
        return reload(node)
      case 'records':
        return records.list(request.query)
    }
  }).catch((error: Error) => fail(error.message, 1))

  // Only a service manager starts the stop that reads it.
  const word = program === undefined ? keepWord(dirs.runDir) : undefined
  const ordering = {
    folder: dropInFolder,
    run: runner(join(dirs.runDir, 'agents'), monotonicClock),
    say: (text: string) => journal.say('WARN', text),
  }
  const respawned = keepRespawning(dirs.runDir, journal)

  function start(standing: readonly Problem[]): void {
    respawned.use(settings.respawn)
    const recorder = newRecorder(stamp, records.add)
    node = startNode({
      settings,
      standing,
      disk,
      journal,
      history,
      recorder,
      dirs,
      beatProgram: program,
      version,
      onTurn: service.turned,
      ...(word && { onHeld: word.tell, onUnits: (units: readonly string[]) => void orderAtShutdown(units, ordering) }),
      onExit: exit,
    })
    service.watch(settings.timing.deadtimeMs, () => node?.poke())
  }

  function exit(): void {
    respawned.stop()
    word?.close()
    sockets.close()
    journal.close()
    void Promise.race([records.flushed(), sleep(1_000)]).then(() => process.exit(0))
  }

  /** Checks first; whatever is wrong keeps the old settings. The new ones find everything running and adopt it. */
  function reload(old: Node): { code: number; text: string; problems: readonly Problem[] } {
    const { settings: next, problems } = read()
    const refuse = (code: number, text: string) => {
      journal.say('ERROR', `reload refused: ${text}; the old settings stay`)
      for (const problem of problems.filter(({ level }) => level === 'error')) journal.say('ERROR', placed(problem))
      return { code, text: `${text}; the old settings stay`, problems }
    }
    if (next === undefined) return refuse(1, 'the files have errors')
    const why = hindrance(old.state(), next)
    if (why !== undefined) return refuse(4, why)
    old.detach()
    settings = next
    journal.use(settings.logging)
    journal.say('info', 'configuration reloaded')
    tellOfUs('reloaded', 'the configuration was reloaded')
    start(problems)
    return { code: 0, text: 'reloaded', problems }
  }

  start(first.problems)
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      service.leaving()
      node?.leave()
    })
  // Another manager is to follow, and adopts everything as it is: what an upgrade does.
  process.on('SIGUSR2', () => {
    journal.say('info', 'leaving everything as it runs, for the next manager')
    node?.detach()
    exit()
  })
  process.on('SIGHUP', () => {
    if (node !== undefined) reload(node)
  })
  service.ready()
}

/** For the log: whoever sent SIGHUP sees nothing else. */
const placed = ({ file, line, column, code, text, why, fix }: Problem): string =>
  `${[file, ...(line > 0 ? [line, column] : [])].join(':')}: [${code}] ${text}; ${why}; fix: ${fix}`

/** Which start of the kernel this is: monotonic instants mean nothing beyond it. */
const bootId = (): string => attempt(() => clocks().boot).slice(0, 8)

/** What the world may refuse us at the start: told in one line. */
function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return fail((error as Error).message, 1)
  }
}

function fail(text: string, code: number): never {
  process.stderr.write(`tandemd: ${text}\n`)
  process.exit(code)
}

main().catch((error: Error) => fail(error.stack ?? error.message, 1))
