/** ClusterLabs' agent `mariadb` and ours, called to promote the same replica in the same state: how many rows are there then. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { begin, type Course } from './course.ts'
import type { LabNode } from './pair.ts'

const script = '/usr/lib/ocf/resource.d/heartbeat/mariadb'
export const missingAgent = existsSync(script) ? undefined : `${script} is not there (apt-get install resource-agents)`
const rows = 50

export interface Compared {
  readonly what: string
  /** Of each promotion: rows of the 50 that were received, or why it was refused. */
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
}

interface State {
  readonly what: string
  spoil(course: Course): Promise<void>
}

const write = async ({ primary }: Course): Promise<void> =>
  primary.server.root(async session => {
    for (let id = 1; id <= rows; id += 1) await session.query(`INSERT INTO app.t VALUES (${id}, 'x')`)
  })

const states: readonly State[] = [
  {
    what: 'applies as it receives',
    spoil: write,
  },
  {
    what: 'applies two seconds later than it receives',
    async spoil(course) {
      await course.replica.server.run('STOP SLAVE', 'CHANGE MASTER TO MASTER_DELAY=2', 'START SLAVE')
      await settled(course)
      await write(course)
    },
  },
  {
    what: 'has stopped to apply, and goes on receiving',
    async spoil(course) {
      await course.replica.server.run('STOP SLAVE SQL_THREAD')
      await write(course)
    },
  },
  {
    what: 'cannot apply what it received (1032)',
    async spoil(course) {
      await course.primary.server.run("INSERT INTO app.t VALUES (9999, 'x')")
      await settled(course)
      await course.replica.server.run('SET sql_log_bin=0', 'DELETE FROM app.t WHERE id=9999')
      await course.primary.server.run('DELETE FROM app.t WHERE id=9999')
      await write(course)
    },
  },
]

export async function compare(times: number, say: (line: string) => void): Promise<Compared[]> {
  const results: Compared[] = []
  for (const state of states) {
    const [theirs, ours]: [string[], string[]] = [[], []]
    for (let i = 0; i < times; i += 1) {
      theirs.push(await once(state, promoteByOcf))
      ours.push(await once(state, promoteByUs))
    }
    results.push({ what: state.what, theirs, ours })
    say(`${state.what}: mariadb agent ${theirs.join(', ')}; ours ${ours.join(', ')}`)
  }
  return results
}

/** A pair of its own each time: what one of them leaves behind is nothing for the other. */
async function once({ spoil }: State, promote: (node: LabNode) => Promise<string | undefined>): Promise<string> {
  const course = await begin()
  const { primary, replica } = course
  try {
    await spoil(course)
    replica.stand = 'let-be'
    await replica.tend()
    await primary.server.kill()
    await replica.tend()
    const refused = await promote(replica)
    if (refused !== undefined) return refused
    if ((await replica.server.value('SELECT @@read_only')) !== '0') return 'not promoted'
    return `${await replica.server.value(`SELECT COUNT(*) FROM app.t WHERE id <= ${rows}`)} of ${rows}`
  } finally {
    await course.lab.close()
  }
}

async function promoteByUs(node: LabNode): Promise<string | undefined> {
  const outcome = await node.start()
  return outcome.ok ? undefined : `refused (${outcome.why.slice(0, 70)}...)`
}

/** With stand-ins for Pacemaker's commands, which only keep attributes. */
async function promoteByOcf({ server }: LabNode): Promise<string | undefined> {
  const stubs = join(server.dir, 'stubs')
  mkdirSync(stubs, { recursive: true })
  for (const name of [
    'crm_attribute',
    'crm_node',
    'crm_master',
    'attrd_updater',
    'crm_mon',
    'crm_resource',
    'cibadmin',
  ]) {
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
  const keys = Object.entries(parameters).map(([key, value]) => [`OCF_RESKEY_${key}`, value])
  const ran = spawnSync(script, ['promote'], {
    env: {
      PATH: `${stubs}:/usr/sbin:/usr/bin:/sbin:/bin`,
      OCF_ROOT: '/usr/lib/ocf',
      OCF_RA_VERSION_MAJOR: '1',
      OCF_RESOURCE_INSTANCE: 'db',
      OCF_RESOURCE_TYPE: 'mariadb',
      OCF_RESOURCE_PROVIDER: 'heartbeat',
      OCF_RESKEY_CRM_meta_clone_max: '2',
      HA_RSCTMP: server.dir,
      ...Object.fromEntries(keys),
    },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return ran.status === 0
    ? undefined
    : `exit code ${ran.status}: ${(ran.stderr || ran.stdout).trim().split('\n').at(-1)}`
}

/** The replica has applied what there was before. */
async function settled({ primary, replica }: Course): Promise<void> {
  const goal = await primary.server.value('SELECT @@gtid_binlog_pos')
  while ((await replica.server.value('SELECT @@gtid_slave_pos')) !== goal)
    await new Promise(resolve => setTimeout(resolve, 30))
}
