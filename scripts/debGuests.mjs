/** Two virtual machines with the installed package, what they are asked, and a client that asks the service all the while. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const address = '10.77.0.100'

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

export async function openGuests({ lab, disks, keep, tree, run, must, sleep, client }) {
  process.env.LAB_DIR = disks
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
    ...(keep ? [] : ['--owner', String(process.pid)]),
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
  const pace = { readyS: 0 }
  const slowS = 2
  const lost = () => said.filter(line => line.startsWith('lost')).length

  /** Something is done to the node that runs the service; its process and the client must not notice. */
  async function unnoticed(node, work, { mayExpire = false } = {}) {
    const [before, missedBefore, movesBefore] = [await web(node), lost(), said.length - lost()]
    await work()
    await until('both nodes up', bothUp(node))
    await until(`the service on ${node}`, runsOn(node))
    await sleep(1_500)
    must((await web(node)) === before, `the resource has another process: ${before}, then ${await web(node)}`)
    must(mayExpire || pace.readyS > slowS || lost() === missedBefore, `${lost() - missedBefore} answers lost`)
    must(said.length - lost() === movesBefore, `the service moved: ${said.slice(-3).join('; ')}`)
    const news = await sh('beta', "journalctl -u tandemd --no-pager -o cat --since=-20s | grep -c 'is dead' || true")
    must(node === 'beta' || news === '0', 'the peer called it dead')
    const judged = pace.readyS > slowS ? ' (not judged: this machine is too slow for a lease of 7 s)' : ''
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

  /** When this was first said since then, in seconds of the machines, whose clock is the same. */
  async function instant(node, unit, sinceS, pattern) {
    const log = await sh(node, `journalctl -u ${unit} --no-pager -o short-unix --since=@${Math.floor(sinceS)}`)
    const line = log.split('\n').find(one => pattern.test(one) && Number(one.split(' ')[0]) >= sinceS)
    must(line !== undefined, `${node}: ${unit} does not say ${pattern}: ${log}`)
    return Number(line.split(' ')[0])
  }

  return {
    sh,
    pid,
    web,
    until,
    status,
    bothUp,
    runsOn,
    said,
    lost,
    pace,
    unnoticed,
    restarted,
    instant,
    startAsking,
    run,
    program,
    control,
    must,
    sleep,
    down() {
      if (asker !== undefined) process.kill(-asker.pid, 'SIGTERM')
      spawnSync(program, ['down'], { stdio: 'ignore' })
    },
  }
}
