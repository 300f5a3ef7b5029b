/** Is somebody else where the web server would listen? */
import type { Host } from '../agent.ts'
import { cannot, type Hindrance } from '../readiness.ts'

/** While its unit is stopped. `ss` that cannot be asked tells nothing. */
export async function portTaken(host: Host, resource: string, url: URL): Promise<readonly Hindrance[]> {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const args = ['-Hltnp', `sport = :${port}`]
  const { ok, output } = await host.run({ resource, action: 'ready', file: 'ss', args, timeoutMs: 5_000 })
  const who = ok ? listener(output) : undefined
  return who === undefined ? [] : [cannot(`port ${port} is taken by ${who}; stop it, or give it another port`)]
}

/** Of `ss`, ss(8): `LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=71,fd=6))`. */
function listener(output: string): string | undefined {
  const line = /^LISTEN\s+\S+\s+\S+\s+(\S+)(.*)/m.exec(output)
  if (line === null) return undefined
  const user = /\("([^"]+)",pid=(\d+)/.exec(line[2]!)
  return user === null ? `somebody at ${line[1]}` : `${user[1]} (process ${user[2]})`
}
