/** Where the wanted file system is mounted, and what else is there. */
import type { Host } from '../agent.ts'
import type { Occasion } from '../perl.ts'
import { type Facts, lookAt } from './facts.ts'
import { isBelow, type Mount, parseMountinfo, topAt } from './mountinfo.ts'
import { hasBlockDevice, type Wanted } from './wanted.ts'

export interface Survey {
  readonly mounts: readonly Mount[]
  /** As the kernel names it. */
  readonly directory: string
  /** What is wanted, where it is wanted. */
  readonly ours: readonly Mount[]
  /** The same block device on other directories. */
  readonly elsewhere: readonly Mount[]
  /** What one finds at the directory now. */
  readonly top: Mount | undefined
  /** undefined when the list of mounts said enough. */
  readonly facts: Facts | undefined
}

export async function survey(
  host: Host,
  occasion: Occasion,
  wanted: Wanted,
): Promise<Survey | { readonly unknown: string }> {
  const mounts = readMounts(host)
  if (!mounts) return { unknown: '/proc/self/mountinfo cannot be read' }
  // Nothing of a directory that is mounted as written needs to be touched, and it may hang.
  const plain = judgeMounts(wanted, mounts, undefined)
  if (plain.ours.length > 0) return plain
  const devices = mounts.flatMap(({ fstype, source }) => (fstype === 'btrfs' ? source : []))
  const facts = await lookAt(host, occasion, wanted, [...new Set(devices)])
  if ('unknown' in facts) return facts
  // Read again: looking may have taken its time.
  return judgeMounts(wanted, readMounts(host) ?? mounts, facts)
}

export function readMounts(host: Host): readonly Mount[] | undefined {
  const text = host.read('/proc/self/mountinfo')
  return text === undefined ? undefined : parseMountinfo(text)
}

export function judgeMounts(wanted: Wanted, mounts: readonly Mount[], facts: Facts | undefined): Survey {
  const directory = facts?.directory.path ?? wanted.directory
  const same = mounts.filter(mount => isSource(mount, wanted, mounts, facts))
  const ours = same.filter(({ point }) => point === directory)
  const isElsewhere = (mount: Mount): boolean =>
    mount.point !== directory && (same.includes(mount) || ours.some(({ device }) => device === mount.device))
  return {
    mounts,
    directory,
    ours,
    elsewhere: hasBlockDevice(wanted) ? mounts.filter(isElsewhere) : [],
    top: topAt(mounts, directory),
    facts,
  }
}

/** Mounts that would vanish behind one at this directory. */
export const hiddenBy = ({ mounts, directory }: Survey): readonly Mount[] =>
  mounts.filter(({ point }) => isBelow(point, directory))

function isSource(mount: Mount, wanted: Wanted, mounts: readonly Mount[], facts: Facts | undefined): boolean {
  const { source } = wanted
  switch (source.type) {
    case 'device':
    case 'tag':
      return isDevice(mount, source.type === 'device' ? source.path : undefined, facts)
    case 'directory':
      return shows(mount, facts?.source?.path ?? source.path, mounts)
    case 'name':
      return bare(mount.source) === bare(source.name) && (wanted.fstype === undefined || isType(mount, wanted.fstype))
  }
}

function isDevice(mount: Mount, written: string | undefined, facts: Facts | undefined): boolean {
  if (!mount.source.startsWith('/')) return false
  if (mount.source === written || mount.source === facts?.source?.path) return true
  const device = facts?.source?.device
  return device !== undefined && (mount.device === device || facts?.devices.get(mount.source) === device)
}

/**
 * A bind mount shows a directory of another mount: the same file system, from there on. Where that other mount has gone
 * before, the end of the path has to do.
 */
function shows(mount: Mount, path: string, mounts: readonly Mount[]): boolean {
  const holders = mounts.filter(({ point }) => point === path || point === '/' || isBelow(path, point))
  const deepest = Math.max(...holders.map(({ point }) => point.length))
  const holder = topAt(mounts, holders.find(({ point }) => point.length === deepest)?.point ?? '')
  if (!holder) return false
  const rest = holder.point === '/' ? path : path.slice(holder.point.length)
  const root = `${holder.root === '/' ? '' : holder.root}${rest}` || '/'
  if (mount.device === holder.device && mount.root === root) return true
  return mount.device !== holder.device && mount.root !== '/' && path.endsWith(mount.root)
}

const bare = (source: string): string => source.replace(/(.)\/+$/, '$1')
const isType = ({ fstype }: Mount, wanted: string): boolean => {
  const nfs = (type: string): string => type.replace(/^(nfs4|efs)$/, 'nfs')
  return nfs(fstype) === nfs(wanted) || (wanted === 'glusterfs' && fstype === 'fuse.glusterfs')
}
