/** What nobody may notice: restarts, crashes, processes that stand still. */

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function faults(guests, scene) {
  const { sh, until, said, unnoticed, restarted, startAsking, must, sleep } = guests
  const { check, always, figures } = scene
  startAsking()
  await always('a client is answered', async () => {
    await until('an answer', () => said.some(line => line.startsWith('first')) || said.at(-1))
    await sleep(1_500)
    said.length = 0 // what was asked before there was an answer counts for nothing
  })
  await check('systemctl restart: nobody notices', () =>
    unnoticed('alpha', () => restarted('alpha', 'tandemd', () => sh('alpha', 'systemctl restart tandemd'))),
  )
  await check('kill -9 of the daemon: nobody notices', () =>
    unnoticed('alpha', () => restarted('alpha', 'tandemd', at => sh('alpha', `kill -9 ${at}`))),
  )
  await check('kill -9 of the heartbeats: nobody notices', () =>
    unnoticed('alpha', () => restarted('alpha', 'tandem-beat', at => sh('alpha', `kill -9 ${at}`))),
  )
  await check('a daemon that stands still is killed by the watchdog: nobody notices', async () => {
    const begun = Date.now()
    // An address is held for 7 s without a daemon; a quarter of the deadtime and a start in a slow machine may be longer.
    const stopping = () => restarted('alpha', 'tandemd', at => sh('alpha', `kill -STOP ${at}`))
    const text = await unnoticed('alpha', stopping, { mayExpire: true })
    must(
      /Watchdog timeout/.test(await sh('alpha', 'journalctl -u tandemd --no-pager -o cat')),
      'it was not the watchdog',
    )
    figures.set(
      'SIGSTOP to running again, watched',
      `${((Date.now() - begun - 1_500) / 1000).toFixed(1)} s at most, ${text}`,
    )
    return text
  })
  await check('heartbeats that stand still are killed by the watchdog: nobody notices', async () => {
    await unnoticed('alpha', () => restarted('alpha', 'tandem-beat', at => sh('alpha', `kill -STOP ${at}`)))
    must(
      /Watchdog timeout/.test(await sh('alpha', 'journalctl -u tandem-beat --no-pager -o cat')),
      'it was not the watchdog',
    )
  })
}
