import type { BeatSettings } from '../beat/lines.ts'
import type { Settings } from '../config/settings.ts'

/** What the beat has to know of the files, which it does not read itself. */
export function beatSettings(settings: Settings, gen: number, genGuessed: boolean): BeatSettings {
  const { clusterName, self, nodes, timing, links, keys, groups } = settings
  const secrets = [...keys.secrets].map(([id, secret]) => [id, Buffer.from(secret).toString('hex')] as const)
  return {
    clusterName,
    self,
    nodes,
    timing,
    links,
    gen,
    genGuessed,
    keys: { send: keys.send, secrets: Object.fromEntries(secrets) },
    groups: groups.map(group => group.name),
    avoid: groups.flatMap(group =>
      group.resources.filter(({ address }) => address).map(({ args }) => addressOf(args[0])),
    ),
  }
}

/** `[2001:db8::10]/64/eth0` or `10.0.0.9/24/eth0`: the address alone. */
const addressOf = (word = ''): string => word.replace(/^\[([^\]]*)\].*$/, '$1').split('/')[0]!
