/** All links of this node: opened, looked after each keepalive, opened again when their interface comes back. */
import type { RemoteInfo } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Link } from '../config/settings.ts'
import type { LinkName } from '../types.ts'
import type { LinkStats, Trouble } from './lines.ts'
import { cameOver, type Interfaces, placeOf, type Wishes } from './places.ts'
import { type OpenLink, openLink } from './sockets.ts'

export interface LinkListener {
  onDatagram(link: LinkName, bytes: Buffer, from: RemoteInfo): void
  onTrouble(code: Trouble, link: LinkName, text: string): void
}

export interface Links {
  /** Other lines after a reload, or other addresses to avoid; links that stay the same stay open. */
  configure(links: readonly Link[], avoid: readonly string[]): void
  /** Opens what should be open and closes what can no longer work. */
  check(): void
  send(bytes: Uint8Array): void
  /** Calls back when nothing is on its way out any more. */
  idle(then: () => void): void
  stats(): readonly LinkStats[]
  close(): void
}

interface Entry {
  readonly link: Link
  open: OpenLink | undefined
  where: string
  error: string | undefined
  /** A trouble was told and not taken back yet. */
  lost: boolean
  sent: number
  sendErrors: number
  /** The code of the send error told last: the same one is not told again before a success. */
  told: string | undefined
}

const namesUs = 'names this node: not used here'

export function newLinks(listener: LinkListener, read: () => Interfaces = networkInterfaces): Links {
  let entries: readonly Entry[] = []
  let wishes: Wishes = { avoid: [], named: [] }
  let interfaces: Interfaces = {}
  let shared = new Set<LinkName>()
  let flying = 0
  let landed: (() => void) | undefined

  function open(entry: Entry): void {
    const found = placeOf(entry.link, interfaces, { ...wishes, current: entry.open?.place.local.split('%')[0] })
    if ('own' in found) return rest(entry)
    if ('missing' in found) return lose(entry, found.missing)
    if (entry.open?.place.signature === found.signature) {
      entry.open.rejoin()
      if (entry.lost && entry.open.ready()) regain(entry)
      return
    }
    entry.open?.close()
    const { local, target, port } = found
    entry.where = `from ${local} to ${target} port ${port}`
    const opened = openLink(entry.link, found, {
      onDatagram: (bytes, from) => {
        const { name, device } = entry.link
        if (!shared.has(name) || cameOver(device, interfaces, from.address)) listener.onDatagram(name, bytes, from)
      },
      onBroken: error => {
        if (entry.open === opened) lose(entry, `${error.code ?? 'error'}: ${error.message}`)
      },
    })
    entry.open = opened
  }

  /** A line that names this node: nothing to open, nothing wrong. */
  function rest(entry: Entry): void {
    shut(entry)
    entry.where = namesUs
    entry.lost = false
  }

  function lose(entry: Entry, why: string): void {
    shut(entry)
    entry.where = why
    entry.error = why
    if (entry.lost) return
    entry.lost = true
    listener.onTrouble('link-lost', entry.link.name, `${entry.link.name}: no heartbeats here: ${why}`)
  }

  function regain(entry: Entry): void {
    entry.lost = false
    listener.onTrouble('link-back', entry.link.name, `${entry.link.name}: heartbeats again, ${entry.where}`)
  }

  function sent(entry: Entry, error: NodeJS.ErrnoException | null): void {
    flying -= 1
    if (flying === 0) landed?.()
    if (error === null || error.code === 'ECONNREFUSED') {
      entry.sent += 1
      entry.told = undefined
      return
    }
    entry.sendErrors += 1
    entry.error = error.message
    if (entry.told === error.code) return
    entry.told = error.code
    listener.onTrouble(
      'send-error',
      entry.link.name,
      `${entry.link.name}: a heartbeat could not be sent: ${error.message}`,
    )
  }

  function check(): void {
    interfaces = read()
    for (const entry of entries) open(entry)
  }

  return {
    check,
    configure(links, avoid) {
      const kept = new Map(entries.map(entry => [JSON.stringify(entry.link), entry]))
      entries = links.map(link => kept.get(JSON.stringify(link)) ?? newEntry(link))
      for (const entry of kept.values()) if (!entries.includes(entry)) shut(entry)
      wishes = { avoid, named: links.flatMap(link => (link.kind === 'ucast' ? [link.peer] : [])) }
      shared = sharedGroups(links)
      check()
    },
    send(bytes) {
      for (const entry of entries) {
        if (!entry.open?.ready()) continue
        flying += entry.open.sockets()
        entry.open.send(bytes, error => sent(entry, error))
      }
    },
    idle(then) {
      if (flying === 0) then()
      else landed = then
    },
    stats: () =>
      entries.map(({ link, open: opened, where, sent: count, sendErrors, error }) => ({
        link: link.name,
        open: opened?.ready() ?? false,
        own: where === namesUs,
        where,
        sent: count,
        sendErrors,
        ...(error === undefined ? {} : { error }),
      })),
    close() {
      for (const entry of entries) shut(entry)
      entries = []
    },
  }
}

function shut(entry: Entry): void {
  entry.open?.close()
  entry.open = undefined
}

function newEntry(link: Link): Entry {
  return { link, open: undefined, where: '', error: undefined, lost: false, sent: 0, sendErrors: 0, told: undefined }
}

/** Links whose group and port another link has too: the kernel gives each of their sockets the datagrams of both. */
function sharedGroups(links: readonly Link[]): Set<LinkName> {
  const key = (link: Link) => (link.kind === 'mcast' ? `${link.group} ${link.port}` : undefined)
  const twice = links.filter(
    link => key(link) !== undefined && links.filter(other => key(other) === key(link)).length > 1,
  )
  return new Set(twice.map(link => link.name))
}
