/** Two virtual machines with the installed package, and their life: faults, upgrade, power loss, reboot, removal. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const address = '10.77.0.100'

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

/** Asks 20 times a second, each question again and again for half a second: lost is what has no answer by then. */
const probe = `use Socket; use Time::HiRes qw(time sleep); $| = 1; my (%open, $n, $last, $who);
socket(S, AF_INET, SOCK_DGRAM, 0); my $to = sockaddr_in(7777, inet_aton("${address}")); my ($asked, $lost) = (0, 0);
$SIG{TERM} = sub { exit }; my $due = time;
while (1) {
  if (time >= $due) { $due += 0.05; $open{++$n} = time; $asked++; send(S, $n, 0, $to) }
  my $r = ""; vec($r, fileno S, 1) = 1; my $wait = $due - time;
  if (select($r, undef, undef, $wait > 0 ? $wait : 0) && recv(S, my $b, 99, MSG_DONTWAIT)) {
    my ($k, $h, $p) = split " ", $b; delete $open{$k};
    if (defined $who && $who ne "$h $p") { printf "moved %s %.0f\\n", "$h $p", (time - $last) * 1000 }
    elsif (!defined $who) { print "first $h $p\\n" } $who = "$h $p"; $last = time }
  for (sort { $a <=> $b } keys %open) { last if time - $open{$_} < 1; delete $open{$_}; $lost++; print "lost $lost\\n" }
}`

export async function openGuests({ lab, tree, run, must, sleep, client }) {
  process.env.LAB_DIR = join(tree, '..', 'lab')
  const program = join(lab, 'lab')
  run(program, [
    'up',
    '2',
    '--names',
    'alpha,beta',
    '--root',
    tree,
    '--init',
    'systemd',
    '--owner',
    String(process.pid),
  ])
  const { exec, control } = await import(client)

  async function sh(node, command, { allow = false, timeout = 120_000 } = {}) {
    const { code, stdout, stderr } = await exec(node, ['sh', '-c', command], { timeout })
    if (!allow && code !== 0) throw new Error(`${node}: ${command}: exit ${code}\n${stdout}${stderr}`)
    return `${stdout}${stderr}`.trim()
  }
  const pid = async (node, unit) => Number(await sh(node, `systemctl show -p MainPID --value ${unit}`))
  const web = node => sh(node, 'cat /run/web.pid', { allow: true })

  /** Until it holds; what was seen last is told if it never does. */
  async function until(what, look, limitS = 60) {
    const end = Date.now() + limitS * 1000
    let seen
    while (Date.now() < end) {
      seen = await look()
      if (seen === true) return
      await sleep(200)
    }
    throw new Error(`${what}: not within ${limitS} s; last: ${JSON.stringify(seen)}`)
  }
  const status = async node => {
    const text = await sh(node, 'tandem status --json', { allow: true })
    try {
      return JSON.parse(text)
    } catch {
      return { text }
    }
  }
  const bothUp = node => async () => {
    const { nodes = [], text } = await status(node)
    return (nodes.length === 2 && nodes.every(({ state }) => state === 'up')) || (text ?? nodes)
  }
  const runsOn = node => async () => {
    const { groups, text } = await status(node)
    return (groups?.[0]?.owner === node && /^(running|alone)$/.test(groups[0].state)) || (text ?? groups)
  }

  // ------------------------------------------------------------------------------------------------------ the client
  const said = []
  let asker
  function startAsking() {
    asker = spawn(program, ['net', 'perl', '-e', probe], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    asker.stdout.setEncoding('utf8').on('data', text => said.push(...text.split('\n').filter(line => line !== '')))
  }
  /** How long tandemd takes to be ready here: half a second is usual. A lease of 7 s lasts no longer than a few such starts. */
  let readyS = 0
  const slowS = 2
  /** Where both take so long for nothing, ten seconds are too short: with the times of the examples the peer would rightly take over. */
  const patientFromMs = 1_000
  const lost = () => said.filter(line => line.startsWith('lost')).length

  async function configure(node) {
    const examples = '/usr/share/doc/tandem/examples'
    await sh(
      node,
      `cd ${examples} && for f in ha.cf haresources authkeys agents.ini; do sed 's/\\b10\\.0\\.0\\./10.77.0./g' $f >/etc/ha.d/$f; done
       chmod 600 /etc/ha.d/authkeys; cp /lab/share/web /etc/ha.d/resource.d/web; chmod 755 /etc/ha.d/resource.d/web; sync`,
    )
  }

  /** Something is done to the node that runs the service; its process and the client must not notice. */
  async function unnoticed(node, work, { mayExpire = false } = {}) {
    const [before, missedBefore, movesBefore] = [await web(node), lost(), said.length - lost()]
    await work()
    await until('both nodes up', bothUp(node))
    await until(`the service on ${node}`, runsOn(node))
    await sleep(1_500)
    must((await web(node)) === before, `the resource has another process: ${before}, then ${await web(node)}`)
    must(mayExpire || readyS > slowS || lost() === missedBefore, `${lost() - missedBefore} answers lost`)
    must(said.length - lost() === movesBefore, `the service moved: ${said.slice(-3).join('; ')}`)
    const news = await sh('beta', "journalctl -u tandemd --no-pager -o cat --since=-20s | grep -c 'is dead' || true")
    must(node === 'beta' || news === '0', 'the peer called it dead')
    const judged = readyS > slowS ? ' (not judged: this machine is too slow for a lease of 7 s)' : ''
    return `${lost() - missedBefore} answers lost${judged}`
  }

  async function restarted(node, unit, work) {
    const before = await pid(node, unit)
    await work(before)
    await until(`${unit} started again`, async () => {
      const now = await pid(node, unit)
      return (
        (now !== 0 &&
          now !== before &&
          (await sh(node, `systemctl is-active ${unit}`, { allow: true })) === 'active') ||
        now
      )
    })
  }

  /** Names of Debian that are units there, and a disk under them; each takes a second to stop, and tells whether it still has its disk. */
  async function addUnits(node) {
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

  /** When this was first said since then, in seconds of the machines, whose clock is the same. */
  async function instant(node, unit, sinceS, pattern) {
    const log = await sh(node, `journalctl -u ${unit} --no-pager -o short-unix --since=@${Math.floor(sinceS)}`)
    const line = log.split('\n').find(one => pattern.test(one) && Number(one.split(' ')[0]) >= sinceS)
    must(line !== undefined, `${node}: ${unit} does not say ${pattern}: ${log}`)
    return Number(line.split(' ')[0])
  }

  /** What this says of the lines of the journal before the last reboot, in their order. */
  const lastWords = async (node, pattern) =>
    (await sh(node, 'journalctl -b -1 --no-pager -o cat')).split('\n').flatMap(line => pattern.exec(line)?.[1] ?? [])

  async function life({ check: always, figures, deb, commands, former, next, only }) {
    const check = (name, work) => (name.includes(only) ? always(name, work) : undefined)
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
      await Promise.all(['alpha', 'beta'].map(configure))
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
      readyS = (to - from) / 1e6
      return patient ? 'this machine is slow: with a deadtime of 30 s' : undefined
    })
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
    await check('beside heartbeat: and the other way round', async () => {
      await sh('alpha', 'systemctl start heartbeat', { allow: true })
      must(
        (await sh('alpha', 'systemctl is-active heartbeat', { allow: true })) === 'inactive',
        'heartbeat was started',
      )
      const log = await sh('alpha', 'journalctl -u heartbeat --no-pager -o cat')
      must(/Tandem runs here \(tandemd\.service\).*systemctl disable --now tandemd/.test(log), log)
      await sh('alpha', 'rm /etc/systemd/system/heartbeat.service; systemctl daemon-reload')
    })
    await check(
      'where real-time priority is not allowed the heartbeats run without it, and status says so',
      async () => {
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
      },
    )
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
    for (const node of ['beta', 'alpha'])
      await check(`upgrade of ${node}: nobody notices`, () =>
        unnoticed('alpha', async () => {
          const [daemon, beat] = [await pid(node, 'tandemd'), await pid(node, 'tandem-beat')]
          const text = await sh(node, `dpkg -i ${deb}`)
          must(/systemctl restart tandemd && systemctl restart tandem-beat/.test(text), text)
          must(
            (await pid(node, 'tandemd')) === daemon && (await pid(node, 'tandem-beat')) === beat,
            'the package restarted it',
          )
          await sh(node, 'systemctl restart tandemd && systemctl restart tandem-beat')
          const { version } = await status(node)
          must(version === next, `it runs ${version}`)
          const kept = JSON.parse(await sh(node, 'cat /var/lib/tandem/state.json'))
          must(kept.version === 2 && kept.generation > 1, `the state was not read and kept: ${JSON.stringify(kept)}`)
        }),
      )
    await check('back to a version that cannot read the state: refused, and nothing is lost', () =>
      unnoticed('alpha', async () => {
        const kept = async () => JSON.parse(await sh('beta', 'cat /var/lib/tandem/state.json'))
        const before = await kept()
        await sh('beta', `dpkg -i ${former}; systemctl --no-block restart tandemd`)
        await until('why', async () => {
          const log = await sh('beta', 'journalctl -u tandemd --no-pager -o cat --since=-20s')
          return (
            /not started: .*state\.json is of version 2, this tandem reads version 1: .*install that again/.test(log) ||
            log
          )
        })
        await sh('beta', `dpkg -i ${deb}; systemctl restart tandemd tandem-beat`)
        await until('beta up', bothUp('beta'))
        const { version, generation, epochCeiling } = await kept()
        const goesOn = generation > before.generation && epochCeiling >= before.epochCeiling
        must(version === 2 && goesOn, `the state was overwritten: generation ${generation}, ceiling ${epochCeiling}`)
      }),
    )
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
      await Promise.all(['alpha', 'beta'].map(addUnits))
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
        'beta',
        /^(St\w+ (?:first|second)\.service|.* stops with\w* its disk|Stopped target local-fs\.)/,
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
    await check('daemons that cannot be started again: all is released before the peer takes it', async () => {
      await sh('alpha', 'mv /usr/bin/node /usr/bin/node.away')
      const begunS = Number(await sh('alpha', 'date +%s.%N'))
      await sh('alpha', `kill -9 ${await pid('alpha', 'tandemd')} ${await pid('alpha', 'tandem-beat')}`)
      const log = 'journalctl -u tandem-last-resort --no-pager -o short-unix'
      await until('all is released', async () => /all is released/.test(await sh('alpha', log)) || 'not yet')
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
        await until('the service on beta', runsOn('beta'))
        await sh('beta', 'mv /usr/lib/tandem/dist/tandemd.cjs /root')
        const begunS = Number(await sh('beta', 'date +%s.%N'))
        await sh('beta', `kill -9 ${await pid('beta', 'tandemd')}`)
        await until('the service on alpha', runsOn('alpha'), 150)
        const released = await instant('beta', 'tandem-last-resort', begunS, /all is released/)
        const taken = await instant('alpha', 'tandemd', begunS, /Running .* start/)
        must(released < taken, `released at ${released}, taken at ${taken}`)
        must(
          (await sh('beta', 'cat /run/web.pid', { allow: true })).includes('No such file'),
          'the resource still runs',
        )
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

  return {
    life,
    down() {
      if (asker !== undefined) process.kill(-asker.pid, 'SIGTERM')
      spawnSync(program, ['down'], { stdio: 'ignore' })
    },
  }
}
