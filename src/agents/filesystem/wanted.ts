import type { Problem } from '../agent.ts'
import { unescapeOctal } from './mountinfo.ts'

/** What is mounted, as somebody wrote it. */
export type Source =
  | { readonly type: 'device'; readonly path: string }
  /** A block device found by what is written on it. */
  | { readonly type: 'tag'; readonly tag: Tag; readonly value: string }
  /** A directory of this host, shown at a second place. */
  | { readonly type: 'directory'; readonly path: string }
  /** What the kernel repeats as it was written: `tmpfs`, `server:/export`. */
  | { readonly type: 'name'; readonly name: string }

export type Tag = 'LABEL' | 'UUID' | 'PARTLABEL' | 'PARTUUID'

export interface Wanted {
  readonly source: Source
  /** Absolute, without a slash at its end; may be reached through symbolic links. */
  readonly directory: string
  /** undefined = `mount` finds out. */
  readonly fstype?: string
  readonly options: readonly string[]
}

export const usage = 'Filesystem::DEVICE::DIRECTORY[::FSTYPE[::OPTIONS]]'

/** They have no block device: their source is a name. */
const nameless = /^(tmpfs|ramfs|nfs4?|efs|cifs|smb3|smbfs|glusterfs|ceph|9p|hostfs|overlay|fuse(\.\w+)?)$/

/** Without these a host does not run, and a wrong word in haresources must not take them away. */
const systemDirectory = /^\/(bin|boot|dev|etc|lib(32|64|x32)?|proc|root|run|sbin|sys|usr|var)?$|^\/(dev|proc|sys)\//

/**
 * The words of Heartbeat's Filesystem, and of the OCF agent behind it: a device, `LABEL=data`, `-Ldata`, `UUID=...`,
 * `-U...`, `server:/export`, a directory with the option `bind`, `tmpfs`. A blank is written \040, as in fstab.
 */
export function parseWanted(words: readonly string[]): Wanted | Problem {
  const args = joinBrackets(words)
  const written = ['Filesystem', ...args].join('::')
  const [device = '', point = '', fstype = '', optionText = ''] = args.map(unescapeOctal)
  if (args.length < 2 || args.length > 4) return { problem: `${written} has ${args.length} arguments; write ${usage}` }
  const directory = clean(point)
  if (!directory) return { problem: `"${point}" in ${written} is not the full path of a directory; write ${usage}` }
  if (systemDirectory.test(directory)) {
    return { problem: `${written} would mount on ${directory}, which this host needs itself; choose another directory` }
  }
  if (!/^[a-z0-9._-]*$/i.test(fstype)) return { problem: `"${fstype}" in ${written} is not a type of file system` }
  if (/[\s\\]/.test(optionText) || optionText.startsWith('-')) {
    return { problem: `"${optionText}" in ${written} are not mount options; write them as in noatime,acl` }
  }
  const options = optionText.split(',').filter(option => option !== '')
  if (options.includes('loop')) {
    return { problem: `${written}: the option loop is not supported; write ocf::heartbeat:Filesystem::device=...` }
  }
  const source = readSource(device, fstype, options, written)
  if ('problem' in source) return source
  const isType = !['', 'auto', 'none', 'bind'].includes(fstype)
  return { source, directory, options: withBind(source, options), ...(isType ? { fstype } : {}) }
}

function readSource(device: string, fstype: string, options: readonly string[], written: string): Source | Problem {
  const isBind = options.includes('bind') || options.includes('rbind') || fstype === 'bind'
  if (isBind || fstype === 'none') {
    if (!isBind) return { problem: `${written}: type none wants the option bind; write ...::none::bind` }
    const path = clean(device)
    return path ? { type: 'directory', path } : { problem: `"${device}" in ${written} is not the path of a directory` }
  }
  const tagged = readTag(device)
  if (tagged) return tagged
  const isNetwork = /^(\[[^\]]+\]|[^/\s:]+):\//.test(device)
  if (nameless.test(fstype) || (isNetwork && fstype === '')) {
    if (device === '' || device.startsWith('-'))
      return { problem: `"${device}" in ${written} is not a ${fstype} source` }
    if (/^(nfs4?|efs)$/.test(fstype) && !isNetwork) {
      return { problem: `"${device}" in ${written} is not an export; write it as server:/export` }
    }
    return { type: 'name', name: device }
  }
  const path = clean(device)
  if (path) return { type: 'device', path }
  return {
    problem: `"${device}" in ${written} is not a device; write /dev/drbd0, LABEL=data, UUID=..., server:/export`,
  }
}

function readTag(device: string): Source | undefined {
  const match =
    /^(LABEL|UUID|PARTLABEL|PARTUUID)="?([^"]+)"?$/.exec(device) ?? /^(-[LU]|--label|--uuid)[\s=]*(.+)$/.exec(device)
  if (!match) return undefined
  const [, word = '', value = ''] = match
  const tag = /^(-L|--label)$/.test(word) ? 'LABEL' : /^(-U|--uuid)$/.test(word) ? 'UUID' : (word as Tag)
  return { type: 'tag', tag, value }
}

/** An absolute path without doubled or trailing slashes; undefined where it is none, or climbs. */
function clean(path: string): string | undefined {
  const parts = path.split('/').filter(part => part !== '')
  if (!path.startsWith('/') || parts.includes('.') || parts.includes('..') || /[\0\n]/.test(path)) return undefined
  return `/${parts.join('/')}`
}

/** The type `bind` is an option to mount(8). */
function withBind(source: Source, options: readonly string[]): readonly string[] {
  const needs = source.type === 'directory' && !options.includes('bind') && !options.includes('rbind')
  return needs ? ['bind', ...options] : options
}

/** An IPv6 address of a server was cut at its `::`. */
function joinBrackets(words: readonly string[]): readonly string[] {
  const end = words[0]?.startsWith('[') ? words.findIndex(word => word.includes(']')) : 0
  return end > 0 ? [words.slice(0, end + 1).join('::'), ...words.slice(end + 1)] : words
}

/** For sentences. */
export function nameOf(source: Source): string {
  switch (source.type) {
    case 'device':
    case 'directory':
      return source.path
    case 'tag':
      return `${source.tag}=${source.value}`
    case 'name':
      return source.name
  }
}

export const hasBlockDevice = ({ source }: Wanted): boolean => source.type === 'device' || source.type === 'tag'
