/** One program's output into another's input, counted. Both end with it, whatever happens to either. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fixedEnvironment } from '../environment.ts'
import { findProgram } from '../program.ts'

interface Program {
  /** The first of these that is installed. */
  readonly file: readonly string[]
  readonly args: readonly string[]
}

export interface Pouring {
  readonly from: Program
  /** Goes in first. */
  readonly before: string
  readonly to: Program
  readonly password: string | undefined
  onBytes(done: number): void
}

export type Poured = { readonly bytes: number } | { readonly why: string }

/** A copy of a large database takes hours: there is no limit but that of an operator, who ends this process. */
export async function pour({ from, before, to, password, onBytes }: Pouring): Promise<Poured> {
  const [source, target] = [found(from), found(to)]
  if (source === undefined || target === undefined)
    return {
      why: `${[...(source ? [] : [from.file[0]]), ...(target ? [] : [to.file[0]])].join(' and ')} is not installed`,
    }
  // The manual calls it insecure where others can read the environment of a process of root's: they cannot.
  const env = fixedEnvironment(password === undefined ? {} : { MYSQL_PWD: password })
  const out = spawn(source, from.args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  const into = spawn(target, to.args, { env, cwd: '/', stdio: ['pipe', 'ignore', 'pipe'] })
  const ends = [endOf(out), endOf(into)] as const
  let bytes = 0
  into.stdin.on('error', () => out.kill())
  into.stdin.write(before)
  out.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    onBytes(bytes)
  })
  // Held open until the source has ended well: half a dump must not look like a whole one.
  out.stdout.pipe(into.stdin, { end: false })
  const gone = ends[1].then(() => out.kill())
  const said = await ends[0]
  if (said === undefined) into.stdin.end()
  else into.kill()
  const told = await ends[1]
  await gone
  if (said !== undefined || told !== undefined)
    return { why: [said && `${from.file[0]}: ${said}`, told && `${to.file[0]}: ${told}`].filter(Boolean).join('; ') }
  return { bytes }
}

const found = ({ file }: Program): string | undefined => file.map(findProgram).find(path => path !== undefined)

/** undefined: well; else its last words. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : said.trim().split('\n').at(-1) || `ended with ${signal ?? `exit code ${code}`}`),
    )
  })
}
