/** Finding a program, and starting it as if nobody had been preferred. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { fixedPath } from './environment.ts'

/** As execvp(3) would, in the fixed PATH. */
export function findProgram(file: string): string | undefined {
  const candidates = file.startsWith('/') ? [file] : fixedPath.split(':').map(folder => join(folder, file))
  return candidates.find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** As `resolve` looks for agents, on this host. */
export const filesHere = { isExecutable, exists: existsSync }

/** Undoes what a child would inherit from a manager that runs with other rights to the processor or memory. */
export function inherited(file: string, args: readonly string[]): readonly [string, readonly string[]] {
  const reset = [...resets()]
  if (reset.length === 0) return [file, args]
  return ['/bin/sh', ['-c', `${reset.join('; ')}; exec "$@"`, 'sh', file, ...args]]
}

function* resets(): Generator<string> {
  if (!/^Umask:\s*0022$/m.test(readSelf('status'))) yield 'umask 022'
  if (readSelf('oom_score_adj') !== '0') yield 'echo 0 2>/dev/null >/proc/self/oom_score_adj'
  // Field 41 of stat is the scheduling policy; the name, field 2, may hold blanks.
  const policy = readSelf('stat').split(') ').at(-1)?.split(' ')[38]
  if (policy !== '0') yield 'chrt -o -p 0 $$ >/dev/null 2>&1'
  if (getPriority() !== 0) yield 'renice -n 0 -p $$ >/dev/null 2>&1'
}

function readSelf(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8').trim()
  } catch {
    return '0'
  }
}
