/**
 * The sockets of one link. Each kind receives on a socket of its own that gets nothing but what came that way:
 * `bcast` bound to the broadcast address, `ucast` bound and connected (the kernel drops all other senders before they
 * use our buffer), `mcast` bound to the group and joined on the interface.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Link } from '../config/settings.ts'
import type { Place } from './places.ts'

export interface OpenLink {
  readonly place: Place
  ready(): boolean
  /** How many datagrams a `send` makes: `done` is called for each. */
  sockets(): number
  send(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null) => void): void
  /** Joins the group again where the interface was made anew; harmless otherwise. */
  rejoin(): void
  close(): void
}

export interface Listener {
  onDatagram(bytes: Buffer, from: RemoteInfo): void
  /** The sockets are of no more use. */
  onBroken(error: NodeJS.ErrnoException): void
}

/** A few seconds of heartbeats. Small, because a full buffer drops the newest: what is read after a pause is old. */
const receiveBufferBytes = 65_536

export function openLink(link: Link, place: Place, listener: Listener): OpenLink {
  switch (link.kind) {
    case 'bcast':
      return openBroadcast(place, listener)
    case 'ucast':
      return openUnicast(place, listener)
    case 'mcast':
      return openMulticast(link, place, listener)
  }
}

/**
 * A socket for each own address that the peer may have in its file, all connected to the peer. Until it is known which
 * one the peer uses, each sends; then only that one does.
 */
function openUnicast(place: Place, listener: Listener): OpenLink {
  const connected = new Set<Socket>()
  let used: Socket | undefined
  const sockets = place.locals.map(address => {
    const socket = newSocket(place, listener)
    socket.on('message', (bytes, from) => {
      if (!connected.has(socket)) return
      used = socket
      listener.onDatagram(bytes, from)
    })
    socket.bind({ address, port: place.port, exclusive: true }, () => {
      attempt(listener, () => socket.connect(place.port, place.target, () => connected.add(socket)))
    })
    return socket
  })
  return {
    place,
    ready: () => connected.size > 0,
    send(bytes, done) {
      for (const socket of used === undefined ? connected : [used]) socket.send(bytes, done)
    },
    sockets: () => (used === undefined ? connected.size : 1),
    rejoin: () => {},
    close: () => sockets.forEach(close),
  }
}

function openBroadcast(place: Place, listener: Listener): OpenLink {
  return openPair(place, listener, {
    listening: () => {},
    sending: socket => socket.setBroadcast(true),
  })
}

function openMulticast(link: Link & { kind: 'mcast' }, place: Place, listener: Listener): OpenLink {
  const [group = ''] = place.target.split('%')
  const join = (socket: Socket): void => socket.addMembership(group, place.via)
  return openPair(place, listener, {
    listening: join,
    sending: socket => {
      socket.setMulticastInterface(place.via)
      socket.setMulticastTTL(link.ttl)
      socket.setMulticastLoopback(link.loop)
    },
    rejoin: join,
  })
}

interface Pair {
  listening(socket: Socket): void
  sending(socket: Socket): void
  rejoin?(socket: Socket): void
}

/** One socket bound to the target for receiving, and one bound to an own address for sending. */
function openPair(place: Place, listener: Listener, pair: Pair): OpenLink {
  let listening = false
  let sending = false
  const receiver = newSocket(place, listener)
  const sender = newSocket(place, listener)
  receiver.on('message', (bytes, from) => listener.onDatagram(bytes, from))
  receiver.bind({ address: place.target, port: place.port, exclusive: true }, () => {
    listening = attempt(listener, () => pair.listening(receiver))
  })
  sender.bind({ address: place.local, port: 0, exclusive: true }, () => {
    sending = attempt(listener, () => pair.sending(sender))
  })
  return {
    place,
    ready: () => listening && sending,
    sockets: () => 1,
    send: (bytes, done) => sender.send(bytes, place.port, place.target, done),
    rejoin() {
      if (pair.rejoin === undefined || !listening) return
      try {
        pair.rejoin(receiver)
      } catch {
        // Joined already: the usual case.
      }
    },
    close() {
      close(receiver)
      close(sender)
    },
  }
}

function newSocket({ family }: Place, listener: Listener): Socket {
  const socket = createSocket({
    type: family,
    reuseAddr: true,
    ipv6Only: family === 'udp6',
    recvBufferSize: receiveBufferBytes,
    // Addresses only: a heartbeat never waits for a name server.
    lookup: (address, _options, found) => found(null, address, family === 'udp6' ? 6 : 4),
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // "Nobody listens there", says a packet that anyone can forge: no proof of anything.
    if (error.code !== 'ECONNREFUSED') listener.onBroken(error)
  })
  return socket
}

function attempt(listener: Listener, act: () => void): boolean {
  try {
    act()
    return true
  } catch (error) {
    listener.onBroken(error as NodeJS.ErrnoException)
    return false
  }
}

function close(socket: Socket): void {
  try {
    socket.close()
  } catch {
    // Closed already.
  }
}
