/** What an agent is told of its surroundings when its words are checked. */
import type { Settings } from '../config/settings.ts'
import type { Group, GroupName, NodeId, Resource } from '../types.ts'
import type { BindContext } from './agent.ts'

/** As the files have it. */
export const bindContext = (
  { name }: Resource,
  group: Group,
  { self, directives, operations }: Settings,
  configDir: string,
): BindContext => ({
  resource: name,
  group: group.name,
  node: self,
  configDir,
  directives,
  operations: operations.get(name),
})

/** While the files are still being read: of its group, of ha.cf and of agents.ini nothing is known yet. */
export const earlyContext = ({ name }: Resource, node: NodeId, configDir: string): BindContext => ({
  resource: name,
  group: '' as GroupName,
  node,
  configDir,
  directives: new Map(),
})
