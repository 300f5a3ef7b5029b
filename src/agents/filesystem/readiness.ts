/** Could this host mount it now, and does nothing else mount it? */
import type { Host } from '../agent.ts'
import { cannot, type Hindrance, might } from '../readiness.ts'
import { lackingMeans } from './means.ts'
import { unescapeOctal } from './mountinfo.ts'
import { planStart } from './startPlan.ts'
import { survey } from './survey.ts'
import { hasBlockDevice, nameOf, type Wanted } from './wanted.ts'

export async function filesystemReadiness(host: Host, resource: string, wanted: Wanted): Promise<readonly Hindrance[]> {
  const around = await survey(host, { resource, action: 'monitor' }, wanted)
  if ('unknown' in around) return [might(around.unknown)]
  const always = [
    ...bootMount(host.read('/etc/fstab') ?? '', wanted),
    ...(around.ours.length > 0 ? [] : await lackingMeans(host, resource, wanted)),
  ]
  const plan = planStart(wanted, around)
  // What provides the device is started before it, on whichever node that is.
  const awaitsDevice = hasBlockDevice(wanted) && around.facts?.source?.kind === 'missing'
  if (plan.type === 'refused') return [...always, awaitsDevice ? might(plan.why) : cannot(plan.why)]
  if (plan.type !== 'mount') return always
  const missing = plan.makeDirectory ? [might(`${wanted.directory} is not there; the first start makes it`)] : []
  return [...always, ...missing, ...(plan.note === undefined ? [] : [might(plan.note)])]
}

function bootMount(fstab: string, wanted: Wanted): readonly Hindrance[] {
  const lines = fstab.split('\n').map(line => line.trim().split(/\s+/))
  const name = nameOf(wanted.source)
  const found = lines.find(([source = '', directory = '', , options = '']) => {
    if (source.startsWith('#') || options.split(',').includes('noauto')) return false
    const isBoth = source === name || unescapeOctal(directory) === wanted.directory
    return isBoth && directory !== ''
  })
  if (found === undefined) return []
  return [might(`/etc/fstab mounts ${found[0]} on ${found[1]} at boot, on every node; add the option noauto there`)]
}
