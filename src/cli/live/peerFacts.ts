/** The facts of another node: from a file that somebody brought, or by ssh, as the administrator has set it up. */
import { readFileSync } from 'node:fs'
import type { Host } from '../../agents/agent.ts'
import { explain } from '../../agents/ran.ts'
import type { NodeId } from '../../types.ts'
import type { Skew } from './differences.ts'
import { type Facts, readFacts } from './facts.ts'

export interface PeerFacts {
  readonly facts: Facts
  /** As in `by ssh`, `from beta.json`. */
  readonly by: string
  /** A file is as old as it is: only a live answer tells of the clock. */
  readonly skew?: Skew
}

export function factsFromFile(file: string): PeerFacts | { readonly problem: string } {
  try {
    const facts = readFacts(readFileSync(file, 'utf8'))
    return 'problem' in facts ? { problem: `${file}: ${facts.problem}` } : { facts, by: `from ${file}` }
  } catch (error) {
    return { problem: `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}` }
  }
}

/** Asks for no password and waits for nobody. */
export async function factsBySsh(host: Host, node: NodeId): Promise<PeerFacts | { readonly problem: string }> {
  const args = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', node, 'tandem', 'facts']
  const beforeMs = Date.now()
  const ran = await host.run({ resource: 'facts', action: `of ${node}`, file: 'ssh', args, timeoutMs: 20_000 })
  const afterMs = Date.now()
  if (!ran.ok) return { problem: explain(ran) }
  const facts = readFacts(ran.output)
  if ('problem' in facts) return { problem: `ssh ${node} tandem facts: ${facts.problem}` }
  const uncertainMs = (afterMs - beforeMs) / 2
  return { facts, by: 'by ssh', skew: { apartMs: facts.atMs - (beforeMs + afterMs) / 2, uncertainMs } }
}
