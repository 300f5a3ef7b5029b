/** What a file server on the network can do to a group that mounts from it. n2 is the server as well. */
import { type GuestName, guests } from './laboratory.ts'
import { groupIn, logged, must, type Pair, sleep, statusOf, tandem, until, well } from './pair.ts'
import type { Scene } from './scenes.ts'

const server = 'n2'
const client = 'n1'
const point = '/mnt/nfs'
/** The root of what it exports, as NFS 4 has it. */
const group = `Filesystem::10.77.0.2:/::${point}::nfs4::noatime`
const agentsIni = '[Filesystem::10.77.0.2:/]\nretries = 0\nread_within = 2s\n'
/** A look each 3 s, two of them for 2 s each; and a slow machine. */
const noticedWithinMs = 3_000 + 2_000 + 3_000 + 2_000 + 4_000
/** An umount that waits for its server, then one by force; the start on the other node. */
const movedWithinMs = 20_000 + 15_000 + 10_000

const serve = [
  'modprobe nfsd',
  'mkdir -p /srv/export /var/lib/nfs/v4recovery',
  'mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd',
  'mount -t tmpfs export /srv/export',
  // Of a network that has no names and no register of ports.
  'exportfs -o rw,no_root_squash,fsid=0,insecure "*:/srv/export"',
  'rpc.mountd -N 2 -N 3',
  'rpc.nfsd -N 3 -G 2 -L 2 2',
].join(' && ')
const silent = /\/mnt\/nfs is mounted, but does not answer within 2 s: its device or server hangs/
const programs = ['rpc.nfsd', 'rpc.mountd', 'exportfs', 'mount.nfs4', 'iptables-legacy']

export const ofNetworks: readonly Scene[] = [
  {
    name: 'a file server that falls silent: told, let go of by force, and mounted where it answers',
    programs,
    async play(pair) {
      await well(pair)
      await pair.lab.sh(server, serve)
      await withLine(pair, async () => {
        await until('it is mounted', 30_000, async () => groupIn(await statusOf(pair, client), group)?.on[0] === client)
        await well(pair)
        const mounted = await pair.lab.sh(client, `grep ' ${point} ' /proc/mounts`)
        must(/ nfs4 rw,noatime,/.test(mounted), `mounted as ${mounted}`)
        await pair.lab.sh(client, `echo kept >${point}/file && sync`)
        const drop = 'INPUT -i eth0 -p tcp --dport 2049 -j DROP'
        const begunMs = Date.now()
        const since = (): string => `${((Date.now() - begunMs) / 1_000).toFixed(1)} s`
        await logged(pair, client, new RegExp(`has failed: ${silent.source}`), noticedWithinMs, () =>
          pair.lab.sh(server, `iptables-legacy -A ${drop}`),
        )
        console.log(`  noticed after ${since()}`)
        await until('the server itself has mounted it', movedWithinMs, async () => {
          const now = groupIn(await statusOf(pair, server), group)
          return now?.on.length === 1 && now.on[0] === server && now.state === 'alone'
        })
        console.log(`  gone over after ${since()}`)
        const why = groupIn(await statusOf(pair, client), group)?.why ?? ''
        must(silent.test(why), why)
        must((await pair.lab.sh(server, `cat ${point}/file`)) === 'kept', 'what was written is not there')
        await pair.lab.sh(server, `iptables-legacy -D ${drop}`)
        await tandem(pair, client, `clear ${group}`)
        await well(pair)
      })
      await pair.lab.sh(server, 'rpc.nfsd 0; exportfs -ua; umount /srv/export')
      await well(pair)
    },
  },
]

/** With a group of its own, which goes again. */
async function withLine(pair: Pair, work: () => Promise<void>): Promise<void> {
  const { lab } = pair
  const onBoth = (command: string) => Promise.all(guests.map((guest: GuestName) => lab.sh(guest, command, 120_000)))
  const restarted = async (command: string): Promise<void> => {
    await onBoth(`systemctl stop tandemd && cd /etc/ha.d && ${command} && sync`)
    await onBoth('systemctl start tandemd')
    await sleep(1_000)
  }
  const added = [
    'cp -p haresources /tmp/haresources && cp -p agents.ini /tmp/agents.ini',
    `echo 'n1 ${group}' >>haresources`,
    `printf '${agentsIni.replaceAll('\n', '\\n')}' >>agents.ini`,
  ]
  await restarted(added.join(' && '))
  await work()
  await restarted('mv /tmp/haresources . && mv /tmp/agents.ini .')
}
