/** What has to be known of the machine to read its files. Whoever knows leaves nothing out; undefined = cannot tell. */
export interface HostFacts {
  /** `uname -n`, the first line of nodeinfo, or `--node NAME`. */
  readonly nodeName: string
  /** Whether a script, unit or agent of this name is installed. */
  hasScript(name: string): boolean | undefined
  readonly interfaces?: readonly string[] | undefined
}
