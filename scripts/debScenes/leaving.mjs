/** Stopped, removed and purged; and the commands of Heartbeat. */

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function leaving(guests, scene) {
  const { sh, until, bothUp, runsOn, said, must } = guests
  const { check, figures, commands } = scene
  await check('systemctl stop hands over', async () => {
    const from = said.length
    await sh('beta', 'systemctl stop tandemd')
    must((await sh('beta', 'cat /run/web.pid', { allow: true })).includes('No such file'), 'the resource still runs')
    await until('the service on alpha', runsOn('alpha'))
    await until(
      'the heartbeats stopped',
      async () => (await sh('beta', 'systemctl is-active tandem-beat', { allow: true })) === 'inactive',
    )
    const moved = said.slice(from).find(line => line.startsWith('moved alpha'))
    figures.set('systemctl stop of the owner: client without service', `${Number(moved?.split(' ')[3]) / 1000} s`)
    await sh('beta', 'systemctl start tandemd')
    await until('both nodes up', bothUp('alpha'))
  })
  await check('the commands of Heartbeat, where it had them', async () => {
    await sh('beta', `dpkg -i ${commands}`)
    must(/running/.test(await sh('beta', 'cl_status hbstatus')), 'cl_status')
    await sh('beta', '/usr/share/heartbeat/hb_takeover')
    await until('the service on beta', runsOn('beta'))
    await sh('beta', 'hb_standby')
    await until('the service on alpha', runsOn('alpha'))
    await sh('beta', 'dpkg -r tandem-heartbeat-commands')
  })
  await check('removed, it hands over; purged, nothing is left but what the administrator wrote', async () => {
    await sh('alpha', 'dpkg -r tandem')
    await until('the service on beta', runsOn('beta'))
    const text = await sh('alpha', 'dpkg -P tandem')
    const kept = ['ha.cf', 'haresources', 'authkeys', 'agents.ini', 'resource.d/web']
    const [line, ...more] = text.split('\n').filter(one => one.includes('as you wrote'))
    must(more.length === 0 && kept.every(name => line?.includes(`/etc/ha.d/${name}`)), text)
    const left = await sh(
      'alpha',
      "find / -xdev -path /lab -prune -o -path /root -prune -o -iname '*tandem*' -print | grep -vE '^/(proc|sys|run/systemd/(units|transient)|var/log|tmp/systemd-private|var/tmp/systemd-private)' || true",
    )
    must(left === '', `left: ${left}`)
  })
}
