import { type Agent, type BindContext, type Bound, done, failed, type Host, isProblem, type Problem } from '../agent.ts'
import { ask } from '../perl.ts'
import { explain, type Ran } from '../ran.ts'
import { type Hindrance, might } from '../readiness.ts'
import { systemd, unitExists, unitName, unitTimeouts } from '../systemd.ts'
import { look } from './health.ts'
import { type MainConfig, readMainConfig } from './mainConfig.ts'

const usage = 'nagios[::UNIT[::MAIN-CONFIG-FILE]]'

/** Where packages put it, by the name of the unit. The program that checks its files has the same name. */
const places: Readonly<Record<string, readonly string[]>> = {
  nagios4: ['/etc/nagios4/nagios.cfg'],
  nagios: ['/etc/nagios/nagios.cfg', '/usr/local/nagios/etc/nagios.cfg'],
  naemon: ['/etc/naemon/naemon.cfg'],
  icinga: ['/etc/icinga/icinga.cfg'],
}

/** Nagios, Naemon or Icinga 1, running where its group is: its files are checked before a start, and it has to answer. */
export const nagios: Agent = {
  meta: {
    name: 'nagios',
    summary: 'Nagios 4, Naemon or Icinga 1: its files are checked first, and it has to answer',
    usage,
    timeouts: unitTimeouts,
    aliases: ['naemon', 'icinga'],
    yieldsToScript: true,
  },
  bind(args, context) {
    const [word, config, ...more] = args
    if (more.length > 0) return { problem: `${context.resource} has ${args.length} arguments; write ${usage}` }
    const unit = word === undefined ? undefined : unitName(word)
    if (isProblem(unit)) return unit
    return bound({ unit, config, name: context.resource.split('::')[0]! }, context)
  },
}

interface Wanted {
  readonly unit: string | undefined
  readonly config: string | undefined
  /** As in haresources. */
  readonly name: string
}

function bound(wanted: Wanted, context: BindContext): Bound {
  const { resource } = context
  const service = (host: Host): Bound => systemd(unitOf(wanted, host), context)
  const plain = systemd(`${wanted.name}.service`, context)
  return {
    ...plain,
    lastStop: files => ({ by: 'unit', unit: unitOf(wanted, files), limitMs: plain.timeouts.stopMs }),
    async start(host, options) {
      const before = await service(host).monitor(host)
      if (before.status === 'running') return done
      const wrong = await wrongFiles(wanted, context, host)
      return wrong === undefined ? service(host).start(host, options) : failed(wrong)
    },
    stop: host => service(host).stop(host),
    ready: host => readiness(service(host), wanted, context, host),
    async monitor(host) {
      const seen = await service(host).monitor(host)
      if (seen.status !== 'running') return seen
      const config = await mainConfig(wanted, context, host)
      return isProblem(config)
        ? { status: 'unknown', why: config.problem }
        : look(host, { resource, action: 'monitor' }, config)
    },
  }
}

/** Its files may lie on a disk that is not mounted here, and are checked at each start. */
async function readiness(unit: Bound, wanted: Wanted, context: BindContext, host: Host): Promise<readonly Hindrance[]> {
  const path = await configPath(wanted, context, host)
  const missing = isProblem(path) || !(await isThere(path, context, host))
  const text = isProblem(path) ? path.problem : `${path} is not there; if it is on the shared disk all is well`
  return [...((await unit.ready?.(host)) ?? []), ...(missing ? [might(text)] : [])]
}

async function isThere(path: string, { resource }: BindContext, host: Host): Promise<boolean> {
  const ran = await ask(host, { resource, action: 'monitor' }, placesProgram, [path], 5_000)
  return /^found /m.test(ran.output)
}

/** `nagios` of an old haresources is `nagios4` in Debian today. */
function unitOf({ unit, name }: Wanted, host: Pick<Host, 'exists'>): string {
  if (unit !== undefined) return unit
  const candidates = name === 'nagios' ? ['nagios.service', 'nagios4.service'] : [`${name}.service`]
  return candidates.find(one => unitExists(one, host.exists)) ?? candidates[0]!
}

const baseOf = (wanted: Wanted, host: Host): string => unitOf(wanted, host).replace(/\.service$/, '')

const placesProgram = String.raw`
for (@ARGV) { if (-e $_) { print "found $_\n"; exit } }
print "none\n";
`

/** It may be reached by a link to the shared disk, which may hang: a program of its own looks. */
async function configPath(wanted: Wanted, { resource }: BindContext, host: Host): Promise<string | Problem> {
  if (wanted.config !== undefined) return wanted.config
  const base = baseOf(wanted, host)
  const known = Object.hasOwn(places, base) ? places[base]! : []
  const ran =
    known.length > 0 ? await ask(host, { resource, action: 'monitor' }, placesProgram, known, 5_000) : undefined
  const found = /^found (.*)$/m.exec(ran?.output ?? '')?.[1]
  if (found !== undefined) return found
  if (ran !== undefined && !/^none$/m.test(ran.output))
    return { problem: `where its main configuration is: looking for ${known.join(', ')}: ${explain(ran)}` }
  const looked = known.length > 0 ? `not ${known.join(', not ')}` : `no place is known for ${base}`
  return { problem: `where its main configuration is: ${looked}; write ${wanted.name}::${base}::/path/to/nagios.cfg` }
}

/** On a disk that may hang: a program of its own reads it. */
async function mainConfig(wanted: Wanted, context: BindContext, host: Host): Promise<MainConfig | Problem> {
  const { resource } = context
  const path = await configPath(wanted, context, host)
  if (isProblem(path)) return path
  const words = [
    '-E',
    '^\\s*(status_file|status_update_interval|query_socket|command_file|check_external_commands)\\s*=',
    path,
  ]
  const ran = await host.run({ resource, action: 'monitor', file: 'grep', args: words, timeoutMs: 5_000 })
  const config = ran.ok ? readMainConfig(ran.output) : undefined
  return config ?? { problem: `${path} does not say where status_file is: ${explain(ran)}` }
}

const clearProgram = String.raw`
my ($command) = @ARGV;
if (lstat $command and -f _) { unlink $command or die "$command: $!\n"; print "removed\n" } else { print "fine\n" }
`

/** Its own check of all its files; and a command file that somebody's \`echo >\` has made, which would leave it deaf. */
async function wrongFiles(wanted: Wanted, context: BindContext, host: Host): Promise<string | undefined> {
  const { resource } = context
  const path = await configPath(wanted, context, host)
  if (isProblem(path)) return path.problem
  const checked = await check(host, resource, baseOf(wanted, host), path)
  if (checked !== undefined) return checked
  const config = await mainConfig(wanted, context, host)
  if (isProblem(config) || config.commandFile === undefined) return undefined
  const cleared = await ask(host, { resource, action: 'start' }, clearProgram, [config.commandFile])
  if (/^removed$/m.test(cleared.output))
    host.note(`${resource}: ${config.commandFile} was a file and no pipe, and was removed`)
  return undefined
}

async function check(host: Host, resource: string, base: string, path: string): Promise<string | undefined> {
  const programs = [`/usr/sbin/${base}`, `/usr/bin/${base}`, `/usr/local/${base}/bin/${base}`]
  const file = programs.find(host.isExecutable)
  if (file === undefined) return undefined // under another name: the unit will tell
  const ran = await host.run({ resource, action: 'start', file, args: ['-v', path], timeoutMs: 60_000 })
  return ran.ok
    ? undefined
    : `its files are wrong, nothing was started: ${firstError(ran)}; ${base} -v ${path} tells more`
}

const firstError = (ran: Ran): string => /^\s*Error:?\s*(.*)$/m.exec(ran.output)?.[1]?.trim() ?? explain(ran)
