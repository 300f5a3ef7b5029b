/** What has to be the same on all nodes, as one node sees it at itself: compared by `tandem check --live`. */
import * as v from 'valibot'

export const factsSchema = 'tandem/facts/v1'

const texts = v.record(v.string(), v.string())

export const Facts = v.object({
  schema: v.literal(factsSchema),
  node: v.string(),
  /** Of tandem. */
  version: v.string(),
  /** Its wall clock when this was said, milliseconds since 1970. */
  atMs: v.number(),
  configDigest: v.number(),
  groupsDigest: v.number(),
  /** Service accounts that are there: `uid:gid`. */
  users: texts,
  /** Groups of such names: `gid`. */
  groups: texts,
  /** Of the host, by kind, and of service accounts, by `user/kind`: SHA256 fingerprints. */
  hostKeys: texts,
  userKeys: texts,
  /** Symbolic links that lead to a file system of haresources, and where to. */
  links: texts,
  /** Packages of services and of what we call, with their versions. */
  packages: texts,
})
export type Facts = v.InferOutput<typeof Facts>

/** From the output of `tandem facts`, whatever a login has printed around it. */
export function readFacts(output: string): Facts | { readonly problem: string } {
  const line = output.split('\n').find(text => text.startsWith('{"schema":"tandem/facts/'))
  if (line === undefined) return { problem: 'there are no facts in it; they are printed by: tandem facts' }
  try {
    const read = v.safeParse(Facts, JSON.parse(line))
    if (read.success) return read.output
    return { problem: `its facts are of another version of tandem: ${read.issues[0].message}` }
  } catch {
    return { problem: 'its facts are cut off; print them again: tandem facts' }
  }
}
