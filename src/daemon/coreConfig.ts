import type { Settings } from '../config/settings.ts'
import type { ClusterConfig } from '../events.ts'

/** What the core has to know of the files. */
export const coreConfig = (settings: Settings): ClusterConfig => ({
  self: settings.self,
  nodes: settings.nodes,
  timing: settings.timing,
  groups: settings.groups,
  autoFailback: settings.autoFailback,
  fencing: false, // recognised and refused by the files' reader until it is built
  splitPolicy: settings.splitPolicy,
  pings: settings.pings.map(({ name }) => name),
  deadpingMs: settings.deadpingMs,
  ipfail: settings.ipfail,
  configDigest: settings.configDigest,
  groupsDigest: settings.groupsDigest,
})
