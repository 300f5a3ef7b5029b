/**
 * The two sockets of the run folder: control.sock (0600) takes every request, monitor.sock (0660) only those that read.
 * Who may ask is decided by the modes of files, never by what a client says of itself.
 */
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { damages, type Order as EventOrder, scopes } from '../events.ts'
import { readLines, writeLine } from './jsonLines.ts'
import { type RecordQuery, recordsMax } from './records/record.ts'

const Reason = v.optional(v.pipe(v.string(), v.maxLength(300)))
/** Milliseconds; what is too short or too long for this cluster the core says. */
const Span = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(31 * 86_400_000))
const Order = v.variant('verb', [
  v.object({
    verb: v.literal('takeover'),
    scope: v.picklist(scopes),
    accept: v.optional(v.picklist(damages)),
    reason: Reason,
  }),
  v.object({
    verb: v.literal('move'),
    group: v.string(),
    to: v.string(),
    accept: v.optional(v.picklist(damages)),
    reason: v.optional(v.pipe(v.string(), v.maxLength(300))),
  }),
  v.object({ verb: v.literal('give-away'), scope: v.picklist(scopes) }),
  v.object({ verb: v.literal('standby') }),
  v.object({ verb: v.literal('unstandby') }),
  v.object({ verb: v.literal('clear'), group: v.optional(v.string()) }),
  v.object({ verb: v.literal('stop'), group: v.string(), reason: Reason }),
  v.object({ verb: v.literal('start'), group: v.string(), reason: Reason }),
  v.object({ verb: v.literal('disarm'), forMs: Span, reason: Reason }),
  v.object({ verb: v.literal('arm'), accept: v.optional(v.literal('two-holders')), reason: Reason }),
  v.object({ verb: v.literal('maintenance-on'), group: v.optional(v.string()), forMs: Span, reason: Reason }),
  v.object({ verb: v.literal('maintenance-off'), group: v.optional(v.string()) }),
])
const Request = v.variant('verb', [
  v.object({ verb: v.literal('status') }),
  v.object({ verb: v.literal('parameter'), name: v.string() }),
  v.object({
    verb: v.literal('order'),
    order: Order,
    /** Only say what it would do. */
    dryRun: v.optional(v.boolean()),
    wait: v.boolean(),
    timeoutMs: v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000)),
  }),
  v.object({ verb: v.literal('reload') }),
  v.object({
    verb: v.literal('records'),
    query: v.object({
      group: v.optional(v.string()),
      codes: v.optional(v.array(v.string())),
      since: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      debug: v.optional(v.boolean()),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(recordsMax)),
    }),
  }),
])
type Parsed = v.InferOutput<typeof Request>
export type ControlRequest =
  | Exclude<Parsed, { verb: 'order' | 'records' }>
  | { readonly verb: 'records'; readonly query: RecordQuery }
  | (Omit<Extract<Parsed, { verb: 'order' }>, 'order'> & { readonly order: EventOrder })

/** Answers one request; `tell` sends a line before the last. Resolves to the last line, without its `done`. */
export type Responder = (request: ControlRequest, tell: (line: object) => void) => Promise<object>

const reading: readonly ControlRequest['verb'][] = ['status', 'parameter', 'records']
const clientsMax = 32
const idleMs = 5_000
const requestBytesMax = 64 * 1024

export interface ControlSockets {
  close(): void
}

/** Throws when another daemon answers on the socket. */
export async function openControl(runDir: string, respond: Responder): Promise<ControlSockets> {
  const paths = { control: join(runDir, 'control.sock'), monitor: join(runDir, 'monitor.sock') }
  if (await answers(paths.control)) throw new Error(`another tandemd runs already and answers on ${paths.control}`)
  const servers = [
    await listen(paths.control, 0o600, socket => serve(socket, respond, () => true)),
    await listen(paths.monitor, 0o660, socket => serve(socket, respond, verb => reading.includes(verb))),
  ]
  return {
    close() {
      for (const server of servers) server.close()
      for (const path of Object.values(paths)) rmSync(path, { force: true })
    },
  }
}

const answers = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', () => resolve(false))
  })

/** The socket has its final mode before anybody can connect. */
async function listen(path: string, mode: number, serveClient: (socket: Socket) => void): Promise<Server> {
  rmSync(path, { force: true })
  const server = createServer(serveClient)
  server.maxConnections = clientsMax
  const umask = process.umask(0o777 & ~mode)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(umask)
  }
  chmodSync(path, mode)
  server.on('error', () => undefined) // a client that could not be accepted is the client's trouble
  return server
}

function serve(socket: Socket, respond: Responder, allowed: (verb: ControlRequest['verb']) => boolean): void {
  let busy = false
  socket.on('error', () => socket.destroy())
  socket.setTimeout(idleMs, () => {
    if (!busy) socket.destroy()
  })
  const end = (line: object): void => {
    writeLine(socket, { ...line, done: true })
    socket.end()
  }
  const take = (value: unknown): void => {
    if (busy) return
    busy = true
    const parsed = v.safeParse(Request, value)
    if (!parsed.success) return end({ code: 2, text: `no such request: ${parsed.issues[0].message}` })
    if (!allowed(parsed.output.verb)) return end({ code: 4, text: 'this socket only reads; use control.sock as root' })
    respond(parsed.output as ControlRequest, line => writeLine(socket, line)).then(end, (error: Error) =>
      end({ code: 1, text: error.message }),
    )
  }
  readLines(socket, requestBytesMax, take, what => end({ code: 2, text: what }))
}
