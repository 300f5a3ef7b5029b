/** Daemons that cannot be started again: what the node held is released before the peer takes it. */

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function lastResort(guests, scene) {
  const { sh, pid, until, bothUp, runsOn, instant, must } = guests
  const { check, figures } = scene
  await check('daemons that cannot be started again: all is released before the peer takes it', async () => {
    await sh('alpha', 'mv /usr/bin/node /usr/bin/node.away')
    const begunS = Number(await sh('alpha', 'date +%s.%N'))
    await sh('alpha', `kill -9 ${await pid('alpha', 'tandemd')} ${await pid('alpha', 'tandem-beat')}`)
    const log = 'journalctl -u tandem-last-resort --no-pager -o short-unix'
    await until('all is released', async () => /all is released/.test(await sh('alpha', log)) || 'not yet', 120)
    must((await sh('alpha', 'ls /run/web.pid', { allow: true })).includes('No such file'), 'the resource still runs')
    await until('the service on beta', runsOn('beta'))
    const left = await instant('alpha', 'tandem-last-resort', begunS, /all is released/)
    const took = await instant('beta', 'tandemd', begunS, /Running .* start/)
    must(left < took, `released at ${left}, taken at ${took}`)
    figures.set(
      'kill -9 of both, no Node left: released after',
      `${(left - begunS).toFixed(1)} s, taken after ${(took - begunS).toFixed(1)} s`,
    )
    await sh(
      'alpha',
      'mv /usr/bin/node.away /usr/bin/node; systemctl reset-failed tandemd tandem-beat; systemctl start tandemd',
    )
    await until('both nodes up', bothUp('beta'), 90)
  })
  await check(
    'a daemon that cannot be started again, while the heartbeats go on: released before the peer takes it',
    async () => {
      await sh('beta', 'tandem takeover', { allow: true })
      await until('the service on beta', runsOn('beta'))
      await sh('beta', 'mv /usr/lib/tandem/dist/tandemd.cjs /root')
      const begunS = Number(await sh('beta', 'date +%s.%N'))
      await sh('beta', `kill -9 ${await pid('beta', 'tandemd')}`)
      await until('the service on alpha', runsOn('alpha'), 150)
      const released = await instant('beta', 'tandem-last-resort', begunS, /all is released/)
      const taken = await instant('alpha', 'tandemd', begunS, /Running .* start/)
      must(released < taken, `released at ${released}, taken at ${taken}`)
      must((await sh('beta', 'cat /run/web.pid', { allow: true })).includes('No such file'), 'the resource still runs')
      figures.set(
        'kill -9 of tandemd, not to be started again: released after',
        `${(released - begunS).toFixed(1)} s, taken after ${(taken - begunS).toFixed(1)} s`,
      )
      await sh(
        'beta',
        'mv /root/tandemd.cjs /usr/lib/tandem/dist; systemctl reset-failed tandemd; systemctl restart tandemd',
      )
      await until('both nodes up', bothUp('alpha'), 90)
      await sh('beta', 'tandem takeover')
      await until('the service on beta', runsOn('beta'))
    },
  )
}
