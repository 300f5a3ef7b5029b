/** What has to be known of the machine to read its files. Whoever knows leaves nothing out; undefined = cannot tell. */
import type { Resource } from '../types.ts'
import type { AgentKey } from './agentKeys.ts'

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
}
