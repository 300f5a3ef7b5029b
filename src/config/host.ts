/** What has to be known of the machine to read its files. Whoever knows leaves nothing out; undefined = cannot tell. */
import type { NodeId, Resource } from '../types.ts'
import type { AgentKey } from './agentKeys.ts'
import type { Operations } from './operations.ts'

export interface HostFacts {
  /** `uname -n`, the first line of nodeinfo, or `--node NAME`. */
  readonly nodeName: string
  /** Whether a script, unit or agent of this name is installed. */
  hasScript(name: string): boolean | undefined
  /** What hinders this resource here, in one sentence; undefined = nothing. Asked instead of `hasScript` where it is there. */
  hindrance?(resource: Resource): string | undefined
  readonly interfaces?: readonly string[] | undefined
  /** The keys that the agent of this name takes in agents.ini beside those of all. */
  agentKeys?(agent: string): readonly AgentKey[]
  /** What is wrong with what agents.ini says of this resource, for that node; undefined = nothing. */
  settingsProblem?(resource: Resource, operations: Operations, node: NodeId): string | undefined
  /** Whether a move of this agent is no small thing, so that nothing goes back to its home by itself. */
  movesData?(agent: string): boolean
}
