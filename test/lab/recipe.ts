/** The recipe `etc-examples/nagios-drbd` as it is written, with nothing changed but names and addresses. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apacheConf, mountPoint } from './files.ts'
import { type GuestName, guests, other } from './laboratory.ts'
import { groupIn, must, type Pair, statusOf, tandem, until, well } from './pair.ts'
import type { Scene } from './scenes.ts'

const name = 'IPaddr2::10.77.0.100/24/eth0'
const url = 'http://127.0.0.1/nagios4/'
const saved = '/etc/ha.d.before'
const files = ['ha.cf', 'haresources', 'agents.ini']

/** What a reader of the recipe would change: there are no second cables here, and these hosts have other names. */
const adapted = (text: string): string =>
  text
    .replaceAll('nag1', 'n1')
    .replaceAll('nag2', 'n2')
    .replaceAll('10.0.0.', '10.77.0.')
    .replace('bcast eth0 eth1', 'bcast eth0')

/** As Debian's package starts it, in front of one page. */
const apache = `[Service]
RuntimeDirectory=apache-lab
RuntimeDirectoryPreserve=yes
ExecStart=/usr/sbin/apache2 -D FOREGROUND -f /etc/apache-lab/recipe.conf
`

export const ofRecipes = (root: string): readonly Scene[] => [
  {
    name: 'the recipe nagios-drbd: comes up, goes where it is ordered, and on when its node dies',
    programs: ['nagios4', 'apache2'],
    async play(pair) {
      await well(pair)
      await everywhere(pair, `systemctl stop tandemd && cp -a /etc/ha.d ${saved}`)
      for (const guest of guests) await furnishRecipe(pair, guest, root)
      try {
        await everywhere(pair, 'systemctl daemon-reload && systemctl start tandemd')
        await runs(pair, 'n1')
        await tandem(pair, 'n2', 'takeover')
        await runs(pair, 'n2')
        await pair.lab.control('crash', 'n2')
        await until('it runs on the other node', 60_000, async () => {
          const now = groupIn(await statusOf(pair, 'n1'), name)
          return now?.on[0] === 'n1' && now.state === 'alone'
        })
        await serves(pair, 'n1')
        await pair.lab.control('start', 'n2')
        await runs(pair, 'n1')
      } finally {
        await pair.lab.control('start', 'n2').catch(() => undefined) // it is on already, where all went well
        await everywhere(pair, `systemctl stop tandemd; rm -rf /etc/ha.d && mv ${saved} /etc/ha.d`)
      }
      await everywhere(pair, 'systemctl daemon-reload && systemctl start tandemd')
      await well(pair)
    },
  },
]

const everywhere = ({ lab }: Pair, command: string): Promise<unknown> =>
  Promise.all(guests.map(guest => lab.sh(guest, command, 120_000)))

async function furnishRecipe({ lab }: Pair, guest: GuestName, root: string): Promise<void> {
  for (const file of files) {
    const text = readFileSync(join(root, 'etc-examples/nagios-drbd', file), 'utf8')
    await lab.write(guest, `/etc/ha.d/${file}`, adapted(text), file === 'agents.ini' ? '600' : '644')
  }
  await lab.write(guest, '/etc/systemd/system/apache2.service', apache)
  await lab.write(
    guest,
    '/etc/apache-lab/recipe.conf',
    apacheConf('recipe', 80, 'DocumentRoot /etc/apache-lab/recipe\nDirectoryIndex index.html\n'),
  )
  await lab.write(guest, '/etc/apache-lab/recipe/nagios4/index.html', 'well\n')
}

/** Both nodes well, and every part of it there. */
async function runs(pair: Pair, guest: GuestName): Promise<void> {
  await until(`the recipe runs on ${guest}, all well`, 180_000, async () => {
    const status = await statusOf(pair, guest)
    const { state, on = [] } = groupIn(status, name) ?? {}
    return state === 'running' && on.length === 1 && on[0] === guest
  })
  await serves(pair, guest)
  const idle = await pair.lab.sh(other(guest), 'systemctl is-active nagios4 apache2 || :')
  must(!/^active$/m.test(idle), `on ${other(guest)} as well: ${idle.replaceAll('\n', ' ')}`)
}

async function serves({ lab }: Pair, guest: GuestName): Promise<void> {
  await lab.sh(guest, `mountpoint -q ${mountPoint} && systemctl is-active nagios4 apache2`)
  const addresses = await lab.sh(guest, 'ip -4 -o addr show')
  must(addresses.includes(' 10.77.0.100/'), `no address on ${guest}: ${addresses}`)
  const page = await lab.sh(
    guest,
    `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("127.0.0.1:80") or die $!; print $s "GET /nagios4/ HTTP/1.0\\r\\n\\r\\n"; print <$s>'`,
  )
  must(page.includes('well'), `${url} on ${guest}: ${page}`)
}
