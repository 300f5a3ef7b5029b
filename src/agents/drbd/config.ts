/** What `drbdadm dump all` prints, as far as it is options. Pure. */

/** `net.protocol` and the like, to its value without quotes. */
export type Options = ReadonlyMap<string, string>

/**
 * Of each resource by its name: its own options over those of `common`. Blocks of hosts and volumes hold other things than
 * options of the resource, and are left out.
 */
export function readConfig(dump: string): ReadonlyMap<string, Options> {
  const common = new Map<string, string>()
  const resources = new Map<string, Map<string, string>>()
  const path: string[] = []
  for (const line of dump.split('\n').map(text => text.trim())) {
    if (line.startsWith('#')) continue
    if (line.endsWith('{')) path.push(line.slice(0, -1).trim())
    else if (line === '}') path.pop()
    else if (path.length === 2 && !/\s/.test(path[1]!)) keep(path as [string, string], line)
    else if (path.length === 1) keep([path[0]!, ''], line)
  }
  return new Map([...resources].map(([name, own]) => [name, new Map([...common, ...own])]))

  function keep([block, section]: readonly [string, string], line: string): void {
    const [, key = '', value = ''] = /^(\S+?)(?:\s+(.*?))?;/.exec(line) ?? []
    const name = /^resource\s+(\S+)$/.exec(block)?.[1]
    if (name !== undefined && !resources.has(name)) resources.set(name, new Map())
    const into = block === 'common' ? common : name === undefined ? undefined : resources.get(name)
    if (key !== '') into?.set(section === '' ? key : `${section}.${key}`, value.replace(/^"(.*)"$/, '$1'))
  }
}
