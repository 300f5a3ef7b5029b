import type { Resource } from '../types.ts'
import { type BindContext, type Bound, type Host, isProblem, type Problem } from './agent.ts'
import { builtin } from './builtin.ts'
import { lsb } from './lsb.ts'
import { translate } from './names.ts'
import { ocf, ocfPath, parseOcf } from './ocf.ts'
import { resourceD } from './resourceD.ts'
import { systemd, unitExists, unitName } from './systemd.ts'

type Files = Pick<Host, 'isExecutable' | 'exists'>

/**
 * Finds the agent for a word of haresources: our own agents, `ocf::` and `systemd::` by name; then Heartbeat's search, a
 * script in resource.d (which goes before those of ours that yield to it), one of Heartbeat's own names as OCF agent, an
 * init script; then a systemd unit.
 */
export function resolve(resource: Resource, context: BindContext, files: Files): Bound | Problem {
  const { agent, args } = resource
  const ours = builtin(agent)
  if (ours && !(ours.meta.yieldsToScript && scriptOf(agent, context, files))) return ours.bind(args, context)
  switch (agent) {
    case 'ocf':
      return resolveOcf(parseOcf(args), context, files)
    case 'systemd':
      return resolveUnit(args, context, files)
  }
  if (!/^[A-Za-z0-9_@+][A-Za-z0-9_.@:+-]*$/.test(agent))
    return { problem: `"${agent}" is not the name of a resource script` }
  return resolveByName(agent, args, context, files)
}

function scriptOf(agent: string, { configDir }: BindContext, files: Files): string | undefined {
  return [configDir, '/etc/ha.d'].map(folder => `${folder}/resource.d/${agent}`).find(path => files.isExecutable(path))
}

function resolveByName(agent: string, args: readonly string[], context: BindContext, files: Files): Bound | Problem {
  const script = scriptOf(agent, context, files)
  if (script) return resourceD(script, args, context)
  const translated = translate(agent, args)
  if (translated && (isProblem(translated) || files.isExecutable(ocfPath(translated)))) {
    return resolveOcf(translated, context, files)
  }
  const init = `/etc/init.d/${agent}`
  if (files.isExecutable(init)) return lsb(init, args, context)
  const unit = unitName(agent)
  if (!isProblem(unit) && unitExists(unit, files.exists)) return resolveUnit([agent, ...args], context, files)
  return { problem: notFound(agent, translated !== undefined, context, files) }
}

function resolveOcf(agent: ReturnType<typeof parseOcf>, context: BindContext, files: Files): Bound | Problem {
  if (isProblem(agent)) return agent
  if (!files.isExecutable(ocfPath(agent))) return { problem: `${ocfPath(agent)} is not there or not executable` }
  return ocf(agent, context)
}

function resolveUnit([word = '', ...more]: readonly string[], context: BindContext, files: Files): Bound | Problem {
  if (more.length > 0)
    return { problem: `a systemd unit takes no arguments, but ${context.resource} has ${more.join('::')}` }
  const unit = unitName(word)
  if (isProblem(unit)) return unit
  if (!unitExists(unit, files.exists)) return { problem: `there is no systemd unit ${unit}` }
  return systemd(unit, context)
}

function notFound(agent: string, isHeartbeats: boolean, { configDir }: BindContext, files: Files): string {
  const places = [`${configDir}/resource.d/${agent}`, `/etc/init.d/${agent}`]
  const unusable = places.find(files.exists)
  if (unusable) return `${unusable} is not executable; chmod +x ${unusable}`
  const hint = isHeartbeats ? '; apt-get install resource-agents brings it' : ''
  return `no resource script ${agent}: not in ${places.join(', not in ')}, and no systemd unit of that name${hint}`
}
