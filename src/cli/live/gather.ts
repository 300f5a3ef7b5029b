/** The facts of this node. Reads, and starts nothing but programs that read. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import about from '../../../package.json' with { type: 'json' }
import type { Host } from '../../agents/agent.ts'
import { parseWanted } from '../../agents/filesystem/wanted.ts'
import type { Settings } from '../../config/settings.ts'
import { type Facts, factsSchema } from './facts.ts'

/** Accounts that services of this field run as, or that own what they share. */
const accounts = [
  'nagios',
  'naemon',
  'icinga',
  'shinken',
  'opsview',
  'mon',
  'nagcmd',
  'www-data',
  'apache',
  'nginx',
  'mysql',
  'postgres',
  'redis',
  'haclient',
]

const packages = [
  'tandem',
  'drbd-utils',
  'nagios4-core',
  'naemon-core',
  'icinga-core',
  'mon',
  'opsview',
  'apache2',
  'nginx',
  'mariadb-server',
  'mysql-server',
  'monitoring-plugins',
  'monitoring-plugins-basic',
]

/** dpkg-query(1): state, name, version. */
const packageFormat = `${['db:Status-Abbrev', 'Package', 'Version'].map(field => `\${${field}}`).join(' ')}\\n`

/** Where packages keep what people move to a shared disk. */
const linkFolders = ['/etc', '/usr/local', '/var/lib', '/var/log', '/var/www', '/srv', '/opt']

export async function gather(host: Host, settings: Settings): Promise<Facts> {
  const run = async (file: string, args: readonly string[]): Promise<readonly string[]> => {
    const ran = await host.run({ resource: 'facts', action: file, file, args, timeoutMs: 10_000 })
    return ran.output.split('\n')
  }
  const passwd = (await run('getent', ['passwd', ...accounts])).map(line => line.split(':'))
  const group = (await run('getent', ['group', ...accounts])).map(line => line.split(':'))
  const users = passwd.filter(([name = '']) => accounts.includes(name))
  return {
    schema: factsSchema,
    node: settings.self,
    version: about.version,
    atMs: Date.now(),
    configDigest: settings.configDigest,
    groupsDigest: settings.groupsDigest,
    users: Object.fromEntries(users.map(([name, , uid, gid]) => [name, `${uid}:${gid}`])),
    groups: Object.fromEntries(
      group.filter(([name = '']) => accounts.includes(name)).map(([name, , gid]) => [name, gid]),
    ),
    hostKeys: fingerprints('/etc/ssh', /^ssh_host_(\w+)_key\.pub$/, ''),
    userKeys: Object.assign(
      {},
      ...users.map(([name = '', , , , , home = '']) => fingerprints(join(home, '.ssh'), /^id_(\w+)\.pub$/, `${name}/`)),
    ),
    links: readLinks(await run('find', findLinks(settings))),
    packages: readVersions(await run('dpkg-query', ['-W', '-f', packageFormat, ...packages])),
  }
}

function findLinks({ groups }: Settings): readonly string[] {
  const wanted = groups.flatMap(({ resources }) => resources.filter(({ agent }) => agent === 'Filesystem'))
  const folders = wanted.flatMap(({ args }) => {
    const parsed = parseWanted(args)
    return 'problem' in parsed ? [] : [parsed.directory]
  })
  const leads = folders.flatMap(folder => ['-o', '-lname', folder, '-o', '-lname', `${folder}/*`])
  // Without a file system no link leads to one: -false keeps the expression whole.
  return [...linkFolders, '-maxdepth', '2', '-type', 'l', '(', '-false', ...leads, ')', '-printf', 'link\t%p\t%l\n']
}

const readLinks = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines
      .map(line => line.split('\t'))
      .flatMap(([word, path, to]) => (word === 'link' && path && to ? [[path, to]] : [])),
  )

const readVersions = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.flatMap(line => (/^ii +(\S+) (\S+)$/.exec(line)?.slice(1) ? [line.split(/ +/).slice(1)] : [])),
  )

/** As `ssh-keygen -l` prints them. A folder that is not there has none. */
function fingerprints(folder: string, name: RegExp, prefix: string): Record<string, string> {
  try {
    const found = readdirSync(folder).flatMap(file => {
      const kind = name.exec(file)?.[1]
      const key = kind && readFileSync(join(folder, file), 'utf8').split(' ')[1]
      if (!kind || !key) return []
      const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
      return [[`${prefix}${kind}`, `SHA256:${hash}`]]
    })
    return Object.fromEntries(found)
  } catch {
    return {}
  }
}
