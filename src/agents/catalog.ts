/** Every agent that a word of haresources can mean on this host, and where it comes from. */
import { readdirSync } from 'node:fs'
import type { Host, Kind } from './agent.ts'
import { builtins } from './builtin.ts'
import { translatedNames } from './names.ts'
import { ocfPath, ocfRoot } from './ocf.ts'
import { unitFolders } from './systemd.ts'

/** What has to be known of the disk. */
export interface Disk extends Pick<Host, 'isExecutable' | 'exists'> {
  /** Names in a folder, sorted; none where it cannot be read. */
  names(folder: string): readonly string[]
}

export interface Shelf {
  readonly kind: Kind | 'built in'
  /** The OCF agents that Heartbeat's own names stand for. */
  readonly translated?: true
  /** Where they lie; of our own nowhere. */
  readonly from: string | undefined
  /** How one is written in haresources; NAME stands for what is listed. */
  readonly written: string
  readonly names: readonly string[]
}

export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** In the order in which a plain name is looked up, so that each name stands where it is found; then what needs a prefix. */
export function catalog(configDir: string, disk: Disk): readonly Shelf[] {
  const folders = [...new Set([`${configDir}/resource.d`, '/etc/ha.d/resource.d'])]
  const isScript = (name: string): boolean => folders.some(folder => disk.isExecutable(`${folder}/${name}`))
  const own = builtins.filter(({ meta }) => !(meta.yieldsToScript && isScript(meta.name)))
  const taken = new Set<string>(own.flatMap(({ meta }) => [meta.name, ...(meta.aliases ?? [])]))
  const free = (names: readonly string[]): readonly string[] => {
    const left = names.filter(name => /^[A-Za-z0-9_@+][A-Za-z0-9_.@:+-]*$/.test(name) && !taken.has(name))
    for (const name of left) taken.add(name)
    return left
  }
  const scripts = (folder: string): readonly string[] =>
    disk.names(folder).filter(name => disk.isExecutable(`${folder}/${name}`))
  const ours: Shelf = { kind: 'built in', from: undefined, written: 'NAME::ARGUMENTS', names: [...taken] }
  const resourceD = folders.map(
    (from): Shelf => ({ kind: 'resource.d', from, written: 'NAME[::ARGUMENT...]', names: free(scripts(from)) }),
  )
  const known = translatedNames.filter(type => disk.isExecutable(ocfPath({ provider: 'heartbeat', type })))
  const translated: Shelf = {
    kind: 'ocf',
    translated: true,
    from: `${ocfRoot}/resource.d/heartbeat`,
    written: 'NAME[::ARGUMENT...]',
    names: free(known),
  }
  const init: Shelf = { kind: 'lsb', from: '/etc/init.d', written: 'NAME', names: free(scripts('/etc/init.d')) }
  const found = [...new Set(unitFolders.flatMap(disk.names))].filter(name => name.endsWith('.service')).sort()
  const services = found.map(name => name.slice(0, -'.service'.length))
  const plain: Shelf = { kind: 'systemd', from: 'systemd', written: 'NAME', names: free(services) }
  const hidden = services.filter(name => !plain.names.includes(name))
  const prefixed: Shelf = { kind: 'systemd', from: 'systemd', written: 'systemd::NAME', names: hidden }
  const all = [ours, ...resourceD, translated, init, plain, prefixed, ...ocfShelves(disk)]
  return all.filter(({ names }) => names.length > 0)
}

function ocfShelves(disk: Disk): Shelf[] {
  const root = `${ocfRoot}/resource.d`
  return disk.names(root).map((provider): Shelf => {
    const isAgent = (name: string): boolean => !/^\.|\.(sh|metadata)$/.test(name)
    const names = disk.names(`${root}/${provider}`).filter(name => isAgent(name))
    return {
      kind: 'ocf',
      from: `${root}/${provider}`,
      written: `ocf::${provider}:NAME[::KEY=VALUE...]`,
      names: names.filter(type => disk.isExecutable(ocfPath({ provider, type }))),
    }
  })
}
