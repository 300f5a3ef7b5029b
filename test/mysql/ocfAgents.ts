/** Agents of ClusterLabs, called as Pacemaker calls them, with stand-ins for its commands, which only keep attributes. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabNode } from './pair.ts'

const folder = '/usr/lib/ocf/resource.d/heartbeat'

export interface OcfAgent {
  readonly label: string
  readonly type: 'mariadb' | 'mysql'
  /** Before the promotion it is told that the other one is no primary any more, as after an ordered move. */
  readonly told: boolean
}

export const ocfAgents: readonly OcfAgent[] = [
  { label: 'ocf:heartbeat:mariadb', type: 'mariadb', told: false },
  { label: 'the same after notify post-demote', type: 'mariadb', told: true },
  { label: 'ocf:heartbeat:mysql', type: 'mysql', told: false },
  { label: 'mysql after notify post-demote', type: 'mysql', told: true },
]

const absent = ocfAgents.map(({ type }) => join(folder, type)).find(path => !existsSync(path))
export const missingAgent = absent && `${absent} is not there (apt-get install resource-agents)`

/** As the package has it. */
export const agentsVersion = (): string =>
  spawnSync('dpkg-query', ['-W', 'resource-agents'], { encoding: 'utf8' }).stdout.trim().split('\t')[1] ?? 'unknown'

/** undefined: it says that it has promoted. */
export async function promoteByOcf(node: LabNode, { type, told }: OcfAgent): Promise<string | undefined> {
  const notice = { notify_type: 'post', notify_operation: 'demote', notify_demote_uname: 'alpha' }
  return (told ? call(node, type, 'notify', notice) : undefined) ?? call(node, type, 'promote', {})
}

const commands = ['crm_attribute', 'crm_node', 'crm_master', 'attrd_updater', 'crm_mon', 'crm_resource', 'cibadmin']

function call({ server }: LabNode, type: string, action: string, meta: Readonly<Record<string, string>>) {
  const stubs = join(server.dir, 'stubs')
  mkdirSync(stubs, { recursive: true })
  for (const name of commands) {
    writeFileSync(join(stubs, name), '#!/bin/sh\necho beta\n')
    chmodSync(join(stubs, name), 0o755)
  }
  const parameters = {
    binary: '/usr/sbin/mariadbd',
    client_binary: 'mariadb',
    config: `${server.dir}/my.cnf`,
    datadir: `${server.dir}/data`,
    pid: `${server.dir}/pid`,
    socket: server.socket,
    user: 'mysql',
    group: 'mysql',
    replication_user: 'root',
    replication_passwd: '',
    test_user: 'root',
    test_passwd: '',
    node_list: 'alpha beta',
  }
  const metas = { clone_max: '2', master_max: '1', promoted_max: '1', notify: 'true', ...meta }
  const keys = [
    ...Object.entries(parameters).map(([key, value]) => [`OCF_RESKEY_${key}`, value]),
    ...Object.entries(metas).map(([key, value]) => [`OCF_RESKEY_CRM_meta_${key}`, value]),
  ]
  const ran = spawnSync(join(folder, type), [action], {
    env: {
      PATH: `${stubs}:/usr/sbin:/usr/bin:/sbin:/bin`,
      OCF_ROOT: '/usr/lib/ocf',
      OCF_RA_VERSION_MAJOR: '1',
      OCF_RESOURCE_INSTANCE: 'db',
      OCF_RESOURCE_TYPE: type,
      OCF_RESOURCE_PROVIDER: 'heartbeat',
      HA_RSCTMP: server.dir,
      ...Object.fromEntries(keys),
    },
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (ran.status === 0) return undefined
  const said = (ran.stderr || ran.stdout).trim().split('\n').at(-1)
  return ran.status === null ? `${action} was still running after 60 s` : `${action}: exit code ${ran.status}: ${said}`
}
