/** Loss of power, and a reboot with units and a disk as resources. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names of Debian that are units there, and a disk under them; each takes a second to stop, and tells whether it still has its disk. */
async function addUnits(sh, node) {
  const unit = name => `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true
ExecStop=/bin/sh -c 'sleep 1; test -e /srv/data/here && echo ${name} stops with its disk || echo ${name} stops without its disk'\n`
  for (const name of ['first', 'second'])
    writeFileSync(join(process.env.LAB_DIR, 'share', `${name}.service`), unit(name))
  await sh(
    node,
    `cp /lab/share/*.service /etc/systemd/system/; systemctl daemon-reload; mkdir -p /srv/data
     mkfs.ext4 -qF /dev/ubdb; mount /dev/ubdb /srv/data; touch /srv/data/here; umount /srv/data
     echo 'beta Filesystem::/dev/ubdb::/srv/data::ext4 first second' >>/etc/ha.d/haresources; sync`,
  )
}

/** What this says of the lines of the journal before the last reboot, in their order. */
const lastWords = async (sh, node, pattern) =>
  (await sh(node, 'journalctl -b -1 --no-pager -o cat')).split('\n').flatMap(line => pattern.exec(line)?.[1] ?? [])

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function moving(guests, scene) {
  const { sh, until, status, bothUp, runsOn, said, run, program, control, must } = guests
  const { check, figures } = scene
  await check('loss of power: the other one takes over, and the first comes back', async () => {
    const from = said.length
    await control({ command: 'crash', node: 'alpha' })
    await until('the service on beta', runsOn('beta'))
    await until(
      'an answer of beta',
      () => said.some((line, at) => at >= from && line.startsWith('moved beta')) || said.slice(-3),
    )
    figures.set(
      'loss of power: client without service',
      `${Number(said.findLast(line => line.startsWith('moved')).split(' ')[3]) / 1000} s`,
    )
    run(program, ['start', 'alpha'])
    await until('both nodes up', bothUp('beta'), 90)
  })
  await check('a group with a disk and units, for the reboot: it is added without a stop', async () => {
    await Promise.all(['alpha', 'beta'].map(node => addUnits(sh, node)))
    for (const node of ['beta', 'alpha']) await sh(node, 'tandem reload')
    await until('the second group on beta', async () => {
      const { groups, text } = await status('beta')
      return groups?.[1]?.owner === 'beta' && /^(running|alone)$/.test(groups[1].state) ? true : (text ?? groups)
    })
    await sh('beta', 'systemctl is-active first second; tandem takeover; sync')
    await until('the service on beta', runsOn('beta'))
  })
  await check('a reboot hands over', async () => {
    const from = said.length
    run(program, ['reboot', 'beta'])
    await until('the service on alpha', runsOn('alpha'))
    await until('both nodes up', bothUp('alpha'), 90)
    const moved = said.slice(from).find(line => line.startsWith('moved alpha'))
    must(moved !== undefined, `not moved: ${said.slice(from).slice(-3)}`)
    const order = await lastWords(
      sh,
      'beta',
      /^(Stop\w+ (?:first|second)\.service|.* stops with\w* its disk|Stopped target local-fs\.)/,
    )
    const wanted = ['second', 'first'].flatMap(name => [
      `Stopping ${name}.service`,
      `${name} stops with its disk`,
      `Stopped ${name}.service`,
    ])
    must(
      order.join() === [...wanted, 'Stopped target local-fs.'].join(),
      `units were stopped in another order: ${order.join(', ')}`,
    )
    figures.set('reboot of the owner: client without service', `${Number(moved.split(' ')[3]) / 1000} s`)
  })
}
