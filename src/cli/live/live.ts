/** `tandem check --live`: what the files cannot tell. Is this host ready, and are the nodes alike where they must be? */
import { createHost } from '../../agents/host.ts'
import type { Settings } from '../../config/settings.ts'
import { roomHere } from '../../daemon/room.ts'
import type { NodeId } from '../../types.ts'
import { differences } from './differences.ts'
import type { Facts } from './facts.ts'
import { gather } from './gather.ts'
import { lookHere, type ResourceHere } from './here.ts'
import { factsBySsh, factsFromFile, type PeerFacts } from './peerFacts.ts'
import type { Remark } from './remark.ts'

export interface LiveOptions {
  readonly configDir: string
  readonly runDir: string
  readonly stateDir: string
  /** Files with the facts of other nodes. */
  readonly files: readonly string[]
  /** Ask the others by it. */
  readonly ssh: boolean
}

export interface Live {
  readonly node: NodeId
  readonly resources: readonly ResourceHere[]
  readonly host: readonly Remark[]
  readonly compared: readonly Compared[]
}

export interface Compared {
  readonly node: string
  /** undefined: nothing could be learnt of it, and the findings say why. */
  readonly by: string | undefined
  readonly findings: readonly Remark[]
}

export async function lookLive(settings: Settings, options: LiveOptions): Promise<Live> {
  const host = createHost({ runDir: options.runDir, leaseSeconds: 0, report: () => {} })
  try {
    const resources = await lookHere(host, settings, options.configDir)
    const mine = await gather(host, settings)
    const brought = options.files.map(file => ({ file, found: factsFromFile(file) }))
    const compared = await Promise.all(
      settings.nodes
        .filter(node => node !== settings.self)
        .map(async node => {
          const file = brought.find(({ found }) => 'facts' in found && found.facts.node === node)
          const found = file?.found ?? (options.ssh ? await factsBySsh(host, node) : notAsked)
          return comparedWith(node, mine, found)
        }),
    )
    const useless = brought.flatMap(({ file, found }) => uselessness(file, found, settings))
    const room = await roomHere(host.read, options.stateDir)
    return { node: settings.self, resources, host: [...room, ...useless], compared }
  } finally {
    host.close()
  }
}

const notAsked = { problem: 'it was not asked' }

/** What `tandem facts` prints. */
export async function factsHere(settings: Settings, runDir: string): Promise<Facts> {
  const host = createHost({ runDir, leaseSeconds: 0, report: () => {} })
  try {
    return await gather(host, settings)
  } finally {
    host.close()
  }
}

function comparedWith(node: NodeId, mine: Facts, found: PeerFacts | { readonly problem: string }): Compared {
  if ('facts' in found) return { node, by: found.by, findings: differences(mine, found.facts, found.skew) }
  const way = `on ${node} type: tandem facts > ${node}.json, bring the file here, and: tandem check --live --facts ${node}.json`
  return { node, by: undefined, findings: [{ level: 'warning', text: `not compared: ${found.problem}; ${way}` }] }
}

function uselessness(
  file: string,
  found: ReturnType<typeof factsFromFile>,
  { nodes, self }: Settings,
): readonly Remark[] {
  if ('problem' in found) return [{ level: 'error', text: found.problem }]
  const { node } = found.facts
  if (node === self) return [{ level: 'error', text: `${file} has the facts of this node; bring those of another one` }]
  const known = nodes.some(one => one === node)
  return known ? [] : [{ level: 'error', text: `${file} has the facts of ${node}, which is no node of ha.cf` }]
}
