/**
 * A replica whose server was started anew with relay log that nobody has applied: MariaDB with GTIDs would delete it at
 * START SLAVE. It is read with mariadb-binlog and applied by a client; what has been applied is skipped by its GTIDs.
 */
import { explain } from '../ran.ts'
import type { Facts } from './facts.ts'
import type { Session } from './session.ts'
import { statementsFor } from './statements.ts'
import type { Pair } from './talk.ts'

/** Copies the relay log away first; its whole transactions go to the client, in the order of the files. */
const script = `
set -e
base=$1 from=$2 socket=$3 user=$4 keep=$5 binlog=$6 client=$7
set --
for file in "$base".[0-9]*; do [ -f "$file" ] && set -- "$@" "$file"; done
if [ $# -eq 0 ]; then echo "no relay log"; exit 0; fi
mkdir -p "$keep"
chmod 700 "$keep"
cp -p "$@" "$keep/"
sql=$(mktemp "$keep/salvage.XXXXXX")
if [ -n "$from" ]; then "$binlog" --start-position="$from" "$@" >"$sql"; else "$binlog" "$@" >"$sql"; fi
"$client" --socket="$socket" --user="$user" --binary-mode <"$sql"
rm -f "$sql"
echo "salvaged $#"
`

/** undefined: all that was received is applied, or there was nothing. */
export async function salvage(pair: Pair, session: Session, facts: Facts): Promise<string | undefined> {
  const { host, resource, wanted } = pair
  const [row] = await session.query('SELECT @@relay_log_basename AS base, @@gtid_current_pos AS pos')
  const base = String(row?.['base'] ?? '')
  if (base === '') return 'its relay log cannot be found (relay_log_basename is empty)'
  const keep = host.lasting.path(`mysqlrole-${wanted.name}-relay`)
  const { programs } = statementsFor(facts.version)
  const args = [
    base,
    String(row?.['pos'] ?? ''),
    wanted.socket,
    wanted.user,
    keep,
    programs.binlog[0]!,
    programs.client[0]!,
  ]
  const ran = await host.run({
    resource,
    action: 'start',
    file: '/bin/sh',
    args: ['-c', script, 'sh', ...args],
    env: { ...(wanted.password === undefined ? {} : { MYSQL_PWD: wanted.password }) },
    timeoutMs: wanted.drainMs,
  })
  if (!ran.ok)
    return `its relay log could not be applied by hand (a copy is in ${keep}): ${explain(ran).replace(script, 'the salvage')}`
  host.note(`${resource}: relay log that was not applied was read from its files; a copy is in ${keep}`)
  return undefined
}
