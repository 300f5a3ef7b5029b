/** The kernel's own list of mounts (proc_pid_mountinfo(5)): the only witness of what is mounted. */

export interface Mount {
  readonly id: number
  /** The mount it stands on. */
  readonly parent: number
  /** `major:minor` of the file system; of btrfs and of network file systems a number of no device. */
  readonly device: string
  /** What of the file system is shown: `/`, or the directory of a bind mount or subvolume. */
  readonly root: string
  readonly point: string
  /** Of this mount. */
  readonly flags: readonly string[]
  readonly fstype: string
  readonly source: string
  /** Of the file system, whoever mounted it. */
  readonly superFlags: readonly string[]
}

/** Lines that are none are left out. */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap(line => parseLine(line) ?? [])
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`; optional fields before the dash. */
function parseLine(line: string): Mount | undefined {
  const fields = line.split(' ')
  const dash = fields.indexOf('-', 6)
  if (dash < 0 || fields.length < dash + 4) return undefined
  const [id, parent, device = '', root = '', point = '', flags = ''] = fields
  const [fstype = '', source = '', superFlags = ''] = fields.slice(dash + 1)
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    point: unescapeOctal(point),
    flags: flags.split(','),
    fstype: unescapeOctal(fstype),
    source: unescapeOctal(source),
    superFlags: superFlags.split(','),
  }
}

/** Blank, tab, newline, backslash and # are written as three octal digits; others may be. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** The mount that a path leads to: of those at this point the one that nothing at the same point stands on. */
export function topAt(mounts: readonly Mount[], point: string): Mount | undefined {
  const there = mounts.filter(mount => mount.point === point)
  return there.findLast(mount => !there.some(other => other.parent === mount.id && other !== mount))
}

/** What stands on these mounts, and they themselves: each after all that stands on it, the order to unmount in. */
export function deepestFirst(mounts: readonly Mount[], roots: readonly Mount[]): readonly Mount[] {
  const order: Mount[] = []
  const seen = new Set<Mount>()
  const visit = (mount: Mount): void => {
    if (seen.has(mount)) return
    seen.add(mount)
    for (const child of mounts.filter(({ parent }) => parent === mount.id).reverse()) visit(child)
    order.push(mount)
  }
  for (const root of roots.toReversed()) visit(root)
  return order
}

export const isBelow = (path: string, directory: string): boolean => path.startsWith(`${directory}/`)

/** For sentences. */
export const shown = ({ source, fstype }: Mount): string => (source === fstype ? source : `${source} (${fstype})`)

/** The mount that hides another one: its path then leads to something else. Not what stands on it at the same point. */
export function hiderOf(mounts: readonly Mount[], mount: Mount): Mount | undefined {
  const byId = new Map(mounts.map(one => [one.id, one]))
  const seen = new Set<Mount>()
  for (let step = mount; !seen.has(step); ) {
    seen.add(step)
    const parent = byId.get(step.parent)
    if (!parent) return undefined
    const over = mounts.find(one => one.parent === parent.id && one !== step && isBelow(step.point, one.point))
    if (over) return over
    step = parent
  }
  return undefined
}
