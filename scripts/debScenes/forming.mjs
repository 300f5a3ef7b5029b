/** Two machines with the installed package become a cluster, by its examples alone. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A resource that answers, as a script of its own: what a client asks for. */
const webScript = `#!/bin/sh
pidfile=/run/web.pid
up() { [ -s $pidfile ] && kill -0 "$(cat $pidfile)" 2>/dev/null; }
case $1 in
start) up && exit 0
  setsid perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(7777, INADDR_ANY)) or die "$!"; $h = shift;
    while (1) { $p = recv(S, $b, 99, 0); send(S, "$b $h $$", 0, $p) }' "$(uname -n)" </dev/null >/dev/null 2>&1 &
  echo $! >$pidfile ;;
stop) up && kill "$(cat $pidfile)"; rm -f $pidfile ;;
status) if up; then echo running; else echo stopped; fi ;;
esac
`

/** Where both take so long for nothing, ten seconds are too short: with the times of the examples the peer would rightly take over. */
const patientFromMs = 1_000

async function configure(sh, node) {
  const examples = '/usr/share/doc/tandem/examples'
  await sh(
    node,
    `cd ${examples} && for f in ha.cf haresources authkeys agents.ini; do sed 's/\\b10\\.0\\.0\\./10.77.0./g' $f >/etc/ha.d/$f; done
     chmod 600 /etc/ha.d/authkeys; cp /lab/share/web /etc/ha.d/resource.d/web; chmod 755 /etc/ha.d/resource.d/web; sync`,
  )
}

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function forming(guests, scene) {
  const { sh, until, bothUp, runsOn, pace, must } = guests
  const { check, always, figures } = scene
  await always('without files it stays idle, and says why', async () => {
    await sh('alpha', 'systemctl enable --now tandemd', { allow: true })
    must((await sh('alpha', 'systemctl is-active tandemd', { allow: true })) === 'inactive', 'it is not idle')
    const log = await sh('alpha', 'journalctl -u tandemd --no-pager -o cat')
    must(/not configured: there is no \/etc\/ha\.d\/ha\.cf/.test(log), log)
  })
  await check('beside heartbeat: whoever runs keeps the other from being started', async () => {
    const unit = '[Service]\nExecStart=/bin/sleep 600\n'
    await sh(
      'alpha',
      `printf '${unit}' >/etc/systemd/system/heartbeat.service; systemctl daemon-reload; systemctl start heartbeat`,
    )
    await sh(
      'alpha',
      'systemctl show -p MainPID --value heartbeat >/run/heartbeat.pid; touch /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys',
    )
    await sh('alpha', 'systemctl start tandemd', { allow: true })
    const log = await sh('alpha', 'journalctl -u tandemd --no-pager -o cat')
    must(/heartbeat runs here \(process \d+\).*systemctl disable --now heartbeat/.test(log), log)
    await until('both idle', async () => {
      const states = await sh('alpha', 'systemctl is-active tandemd tandem-beat', { allow: true })
      return states === 'inactive\ninactive' || states
    })
    await sh(
      'alpha',
      'systemctl stop heartbeat; rm /run/heartbeat.pid /etc/ha.d/ha.cf /etc/ha.d/haresources /etc/ha.d/authkeys',
    )
  })
  await always('from the examples a cluster is formed', async () => {
    mkdirSync(join(process.env.LAB_DIR, 'share'), { recursive: true })
    writeFileSync(join(process.env.LAB_DIR, 'share/web'), webScript)
    await Promise.all(['alpha', 'beta'].map(node => configure(sh, node)))
    const begun = performance.now()
    await Promise.all(['alpha', 'beta'].map(node => sh(node, 'tandemd --version')))
    const patient = performance.now() - begun > patientFromMs
    const times = 's/^deadtime.*/deadtime 30/; s/^warntime.*/warntime 10/'
    if (patient) for (const node of ['alpha', 'beta']) await sh(node, `sed -i '${times}' /etc/ha.d/ha.cf`)
    for (const node of ['alpha', 'beta']) {
      const text = await sh(node, 'tandem check', { allow: true })
      must(/usable/.test(text), text)
    }
    await Promise.all(['alpha', 'beta'].map(node => sh(node, 'systemctl enable --now tandemd')))
    await until('both nodes up', bothUp('alpha'))
    await until('the service on alpha', runsOn('alpha'))
    const [from, to] = (
      await sh(
        'alpha',
        'systemctl show -p ExecMainStartTimestampMonotonic -p ActiveEnterTimestampMonotonic --value tandemd',
      )
    )
      .split('\n')
      .map(Number)
      .sort((a, b) => a - b)
    figures.set('tandemd, start to ready (virtual machine)', `${((to - from) / 1e6).toFixed(2)} s`)
    pace.readyS = (to - from) / 1e6
    return patient ? 'this machine is slow: with a deadtime of 30 s' : undefined
  })
  await check('beside heartbeat: and the other way round', async () => {
    await sh('alpha', 'systemctl start heartbeat', { allow: true })
    must((await sh('alpha', 'systemctl is-active heartbeat', { allow: true })) === 'inactive', 'heartbeat was started')
    const log = await sh('alpha', 'journalctl -u heartbeat --no-pager -o cat')
    must(/Tandem runs here \(tandemd\.service\).*systemctl disable --now tandemd/.test(log), log)
    await sh('alpha', 'rm /etc/systemd/system/heartbeat.service; systemctl daemon-reload')
  })
}
