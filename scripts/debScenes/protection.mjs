/** What systemd does for both services, and what resources inherit of them. */

/** `guests` as openGuests makes them; `scene` as test-deb.mjs tells and judges it. */
export async function protection(guests, scene) {
  const { sh, pid, web, until, status, bothUp, restarted, must } = guests
  const { check, figures } = scene
  await check('the heartbeats have a user of their own and no rights but their port', async () => {
    const beat = await pid('alpha', 'tandem-beat')
    const text = await sh(
      'alpha',
      `grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' /proc/${beat}/status; chrt -p ${beat} | head -1`,
    )
    must(
      !/^Uid:\s+0\s/m.test(text) && /^CapEff:\s+0000000000000400$/m.test(text) && /^NoNewPrivs:\s+1$/m.test(text),
      text,
    )
    must(/SCHED_RR\|SCHED_RESET_ON_FORK/.test(text), text)
    const rss = async unit =>
      Number(await sh('alpha', `awk '/^VmRSS/ {print $2}' /proc/${await pid('alpha', unit)}/status`))
    figures.set(
      'memory (RSS), tandemd + tandem-beat',
      `${((await rss('tandemd')) / 1024).toFixed(0)} + ${((await rss('tandem-beat')) / 1024).toFixed(0)} MiB`,
    )
  })
  await check('where real-time priority is not allowed the heartbeats run without it, and status says so', async () => {
    const folder = '/run/systemd/system/tandem-beat.service.d'
    await sh(
      'beta',
      `mkdir ${folder}; printf '[Service]\\nLimitRTPRIO=0\\n' >${folder}/50-test.conf; systemctl daemon-reload`,
    )
    await restarted('beta', 'tandem-beat', () => sh('beta', 'systemctl restart tandem-beat'))
    await until('both nodes up', bothUp('beta'))
    must(
      /SCHED_OTHER/.test(await sh('beta', `chrt -p ${await pid('beta', 'tandem-beat')}`)),
      'it has real-time priority',
    )
    const { beat } = await status('beta')
    must(beat.realtime === false, JSON.stringify(beat))
    await sh('beta', `rm -r ${folder}; systemctl daemon-reload`)
    await restarted('beta', 'tandem-beat', () => sh('beta', 'systemctl restart tandem-beat'))
    await until('both nodes up', bothUp('beta'))
  })
  await check('systemd watches and protects both, as the deadtime wants it', async () => {
    const deadtimeS = Number(await sh('alpha', 'awk \'$1 == "deadtime" {print $2}\' /etc/ha.d/ha.cf'))
    const wanted = {
      WatchdogUSec: deadtimeS === 10 ? '2.5s' : '7.5s',
      WatchdogSignal: '9',
      TimeoutAbortUSec: '1s',
      RestartUSec: '100ms',
      OnFailure: 'tandem-last-resort.service',
      MemoryMin: String(64 * 1024 * 1024),
    }
    for (const [unit, more] of [
      ['tandemd', { KillMode: 'process', OOMScoreAdjust: '-900' }],
      ['tandem-beat', { OOMScoreAdjust: '-1000' }],
    ]) {
      // 7.500000s in Debian 12
      const shown = (await sh('alpha', `systemctl show ${unit}`))
        .split('\n')
        .map(line => line.replace(/(\.\d+?)0+s$/, '$1s'))
      const lacking = Object.entries({ ...wanted, ...more }).filter(
        ([name, value]) => !shown.includes(`${name}=${value}`),
      )
      const names = lacking.map(([name]) => name)
      must(names.length === 0, `${unit}: ${shown.filter(line => names.includes(line.split('=')[0])).join(', ')}`)
    }
  })
  await check('a resource inherits nothing of ours', async () => {
    const at = `/proc/${await web('alpha')}`
    const told = await sh(
      'alpha',
      `tr '\\0' '\\n' <${at}/environ; cat ${at}/oom_score_adj; grep Umask ${at}/status; ls ${at}/fd`,
    )
    must(!/NOTIFY|WATCHDOG|INVOCATION|JOURNAL|LISTEN|NODE_|MALLOC/.test(told), told)
    must(/^0\nUmask:\t0022\n0\n1\n2\n3$/m.test(told), told) // 3 is its own socket
  })
}
