/** A host whose DRBD is a few words of state, with the exit codes and messages that the tools have been seen to give. */
import type { Host, RunRequest } from '../../../src/agents/agent.ts'
import { absorbLine, type DrbdStates } from '../../../src/agents/drbd/state.ts'
import type { End, Ran } from '../../../src/agents/ran.ts'
import { type FakeClock, fakeClock } from '../fakes.ts'

export interface FakeDrbd {
  role: string
  disk: string
  connection: string
  peerRole: string
  peerDisk: string
  replication: string
  isUp: boolean
  loaded: boolean
  log: string
  /** Its events are followed, and tell this; undefined: they have told nothing. */
  told: Partial<FakeDrbd> | undefined
  /** Answers in place of the tool, by its first words: `drbdadm primary`. */
  readonly answers: Map<string, () => { readonly code: number; readonly output: string } | 'hangs'>
}

export interface FakeHost {
  readonly host: Host
  readonly drbd: FakeDrbd
  readonly clock: FakeClock
  readonly runs: string[]
  readonly notes: string[]
  /** Runs the clock until the work has come to its end, for at most so long. */
  finish<T>(work: Promise<T>, withinMs?: number): Promise<T>
  /** What the child that follows events would tell. */
  changed(): void
}

export function fakeHost(more: Partial<FakeDrbd> = {}): FakeHost {
  const clock = fakeClock()
  const runs: string[] = []
  const notes: string[] = []
  const followers = new Set<(name: string) => void>()
  const drbd: FakeDrbd = {
    role: 'Secondary',
    disk: 'UpToDate',
    connection: 'Connected',
    peerRole: 'Secondary',
    peerDisk: 'UpToDate',
    replication: 'Established',
    isUp: true,
    loaded: true,
    log: '',
    told: undefined,
    answers: new Map(),
    ...more,
  }
  const host = {
    clock,
    drbd: {
      states() {
        let states: DrbdStates = new Map()
        const text = drbd.told === undefined ? '' : snapshot({ ...drbd, ...drbd.told })
        for (const line of text.split('\n')) states = absorbLine(states, line)[0]
        return states
      },
      following: true,
      follow(_name: string, call: (name: string) => void) {
        followers.add(call)
        return () => followers.delete(call)
      },
      close: () => {},
    },
    exists: (path: string) => path !== '/proc/drbd' || drbd.loaded,
    read: () => undefined,
    note: (text: string) => notes.push(text),
    alone: (_name: string, work: () => Promise<unknown>) => work(),
    async run({ file, args, timeoutMs }: RunRequest): Promise<Ran> {
      const command = [file, ...args].join(' ')
      runs.push(file === 'perl' ? 'perl' : command)
      const key = file === 'perl' ? 'perl' : `${file} ${args[0] ?? ''}`.trim()
      const answer = drbd.answers.get(key)?.() ?? tool(drbd, key)
      if (answer === 'hangs') {
        await new Promise<void>(resolve => void clock.after(timeoutMs, resolve))
        return { command, ok: false, output: '', end: { by: 'timeout', afterMs: timeoutMs } }
      }
      const end: End = { by: 'exit', code: answer.code }
      return { command, ok: answer.code === 0, output: answer.output, end }
    },
  } as unknown as Host
  return {
    host,
    drbd,
    clock,
    runs,
    notes,
    async finish(work, withinMs = 300_000) {
      let over = false
      const ended = work.finally(() => {
        over = true
      })
      for (let passedMs = 0; !over && passedMs < withinMs; passedMs += 100) await clock.advance(100)
      if (!over) throw new Error(`still at work after ${withinMs} ms`)
      return ended
    },
    changed() {
      for (const call of [...followers]) call('r0')
    },
  }
}

const fine = { code: 0, output: '' }

function tool(drbd: FakeDrbd, key: string) {
  switch (key) {
    case 'drbdsetup events2':
      return { code: 0, output: `${snapshot(drbd)}exists -\n` }
    case 'drbdsetup show':
      return {
        code: 0,
        output: '    net {\n        timeout  20; # x\n  ping-int  2; # seconds\n  ping-timeout  5; # default\n',
      }
    case 'modprobe drbd':
      drbd.loaded = true
      return fine
    case 'dmesg':
      return { code: 0, output: drbd.log }
    case 'drbdadm sh-dev':
      return { code: 0, output: '/dev/drbd0\n' }
    case 'drbdadm sh-resources':
      return { code: 0, output: 'r0\n' }
    case 'drbdadm up':
    case 'drbdadm adjust':
    case 'drbdadm attach':
      drbd.isUp = true
      if (drbd.disk === 'Diskless') drbd.disk = 'UpToDate'
      return fine
    case 'drbdadm primary':
      return primary(drbd)
    case 'drbdadm secondary':
      if (!drbd.isUp) return { code: 10, output: '0: Failure: (127) Device minor not allocated\n' }
      drbd.role = 'Secondary'
      return fine
    default:
      throw new Error(`nobody has said what ${key} does`)
  }
}

function primary(drbd: FakeDrbd) {
  if (!drbd.isUp) return { code: 10, output: '0: Failure: (127) Device minor not allocated\n' }
  if (drbd.connection === 'Connected' && drbd.peerRole === 'Primary')
    return { code: 11, output: '0: State change failed: (-1) Multiple primaries not allowed by config\n' }
  if (drbd.disk !== 'UpToDate')
    return { code: 17, output: '0: State change failed: (-2) Need access to UpToDate data\n' }
  drbd.role = 'Primary'
  return fine
}

/** As module 8.4 tells it. */
export function snapshot(drbd: FakeDrbd): string {
  if (!drbd.isUp) return ''
  const id = drbd.connection === 'StandAlone' ? 'peer-node-id:0' : 'peer-node-id:0 conn-name:peer'
  const isThere = drbd.connection === 'Connected'
  return `exists resource name:r0 role:${drbd.role} suspended:no
exists connection name:r0 ${id} connection:${drbd.connection} role:${isThere ? drbd.peerRole : 'Unknown'}
exists device name:r0 volume:0 minor:0 disk:${drbd.disk}
exists peer-device name:r0 ${id} volume:0 replication:${isThere ? drbd.replication : 'Off'} peer-disk:${isThere ? drbd.peerDisk : 'DUnknown'} resync-suspended:no
`
}
