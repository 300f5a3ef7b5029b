/** Has this host what it takes to mount a file system of that type: the kernel's part, mount's helper, the checker? */
import type { Host } from '../agent.ts'
import { cannot, type Hindrance } from '../readiness.ts'
import { checkerOf } from './fsck.ts'
import type { Wanted } from './wanted.ts'

/** mount(8) leaves these to a program of a package. */
const helpers: readonly { readonly types: RegExp; readonly program: string; readonly from: string }[] = [
  { types: /^nfs4?$/, program: 'mount.nfs', from: 'nfs-common' },
  { types: /^(cifs|smb3)$/, program: 'mount.cifs', from: 'cifs-utils' },
  { types: /^glusterfs$/, program: 'mount.glusterfs', from: 'glusterfs-client' },
  { types: /^ceph$/, program: 'mount.ceph', from: 'ceph-common' },
]
const folders = ['/sbin', '/usr/sbin', '/usr/local/sbin']

export async function lackingMeans(host: Host, resource: string, wanted: Wanted): Promise<readonly Hindrance[]> {
  const { source, options } = wanted
  // An address as in server:/export is of NFS without a word.
  const fstype = wanted.fstype ?? (source.type === 'name' ? 'nfs' : undefined)
  if (fstype === undefined || source.type === 'directory') return []
  const has = (program: string): boolean => folders.some(folder => host.isExecutable(`${folder}/${program}`))
  const helper = helpers.find(({ types }) => types.test(fstype))
  if (helper !== undefined && !has(helper.program))
    return [cannot(`${helper.program} is not here; apt-get install ${helper.from}`)]
  const checker = checkerOf(fstype, options)
  const unchecked =
    checker === undefined || has(checker) ? [] : [cannot(`${checker} is not here; apt-get install e2fsprogs`)]
  const isKnown = has(`mount.${fstype}`) || (await kernelKnows(host, resource, fstype))
  return isKnown ? unchecked : [...unchecked, cannot(`the kernel knows no ${fstype}; modprobe ${fstype} says why`)]
}

/** A module is loaded by the name of its type (`fs-xfs`) when something is mounted. */
async function kernelKnows(host: Host, resource: string, fstype: string): Promise<boolean> {
  const known = (host.read('/proc/filesystems') ?? '').split('\n').map(line => line.split('\t').at(-1))
  // Of the FUSE family the kernel knows the first half of the name.
  if (known.includes(fstype) || known.includes(fstype.split('.')[0])) return true
  const args = ['-n', '-q', `fs-${fstype}`]
  return (await host.run({ resource, action: 'ready', file: 'modprobe', args, timeoutMs: 5_000 })).ok
}
