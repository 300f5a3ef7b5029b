/** Guests with a DRBD kernel of their own, as the laboratory's command and its client library offer them. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface ExecOptions {
  readonly timeout?: number
  readonly input?: string
  readonly signal?: AbortSignal
  readonly onStdout?: (data: Buffer) => void
}

interface Client {
  exec(node: string, argv: readonly string[], options: ExecOptions & { dir: string }): Promise<Ended>
  control(request: { command: string; node: string }, options: { dir: string }): Promise<unknown>
}

export type GuestName = 'n1' | 'n2'
export const guests: readonly GuestName[] = ['n1', 'n2']
export const other = (guest: GuestName): GuestName => (guest === 'n1' ? 'n2' : 'n1')

export interface Laboratory {
  /** A shell command in a guest; throws where its exit code is not 0. Milliseconds. */
  sh(guest: GuestName, command: string, timeoutMs?: number): Promise<string>
  exec(guest: GuestName, argv: readonly string[], options?: ExecOptions): Promise<Ended>
  /** A file of a guest, on its disk. */
  write(guest: GuestName, path: string, text: string, mode?: string): Promise<void>
  /** Power loss, power on, network cut and whole again. */
  control(command: 'crash' | 'start' | 'cut' | 'heal', guest: GuestName): Promise<void>
  /** An orderly reboot; resolves when it is up again. */
  reboot(guest: GuestName): Promise<void>
  /** A program beside the guests on their network, whose lines are passed on as they come; returns how to end it. */
  beside(argv: readonly string[], onLine: (line: string) => void): () => void
  close(): void
}

/** Throws where no guests can be made here. */
export async function openLaboratory(folder: string): Promise<Laboratory> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-lab-'))
  const env = { ...process.env, LAB_DIR: dir }
  const { exec, control } = (await import(pathToFileURL(join(folder, 'client.mjs')).href)) as Client
  const lab = (args: readonly string[], timeoutMs = 300_000): string => {
    const ran = spawnSync(join(folder, 'lab'), [...args], { env, encoding: 'utf8', timeout: timeoutMs })
    if (ran.status === 0) return ran.stdout
    throw new Error(`lab ${args.join(' ')}: ${ran.error?.message ?? `exit code ${ran.status}`} ${ran.stderr.trim()}`)
  }
  const run: Laboratory['exec'] = (guest, argv, options = {}) => exec(guest, argv, { timeout: 60_000, ...options, dir })
  try {
    lab(['setup'])
    lab(['up', '2', '--disk', '64M', '--init', 'systemd', '--owner', String(process.pid)])
    for (const guest of guests) lab(['wait', guest, 'ready'])
  } catch (error) {
    spawnSync(join(folder, 'lab'), ['down'], { env })
    throw error
  }
  const beside = new Set<() => void>()
  return {
    async sh(guest, command, timeout = 60_000) {
      const { code, stdout, stderr } = await run(guest, ['sh', '-c', command], { timeout })
      if (code !== 0) throw new Error(`${guest}: ${command}: exit code ${code}\n${stdout}${stderr}`)
      return stdout.trim()
    },
    exec: run,
    async write(guest, path, text, mode = '644') {
      const command = `mkdir -p $(dirname ${path}) && cat >${path} && chmod ${mode} ${path} && sync ${path}`
      const { code, stderr } = await run(guest, ['sh', '-c', command], { input: text })
      if (code !== 0) throw new Error(`${guest}: ${path} cannot be written: ${stderr}`)
    },
    control: async (command, guest) => void (await control({ command, node: guest }, { dir })),
    // The daemon of the laboratory has to go on meanwhile, and so do we.
    reboot: guest =>
      new Promise((resolve, reject) => {
        const child = spawn(join(folder, 'lab'), ['reboot', guest], { env, stdio: 'ignore' })
        child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`lab reboot ${guest}: ${code}`))))
        child.on('error', reject)
      }),
    beside(argv, onLine) {
      const child = spawn(join(folder, 'lab'), ['net', ...argv], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true, // a group of its own: the program is a child of the command
      })
      let rest = ''
      child.stdout.setEncoding('utf8')
      child.stdout.on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) onLine(line)
      })
      const end = (): void => {
        beside.delete(end)
        if (child.pid === undefined || child.exitCode !== null) return
        process.kill(-child.pid, 'SIGKILL')
      }
      beside.add(end)
      return end
    },
    close() {
      for (const end of beside) end()
      try {
        lab(['down'])
      } catch {
        lab(['down']) // a busy machine
      }
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
