/** What hangs, stands still or was killed: noticed within its limit, told in the right words, and nobody else waits. */
import { group, secondGroup } from './files.ts'
import { type GuestName, guests, other } from './laboratory.ts'
import { groupIn, logged, must, type Pair, sleep, statusOf, tandem, until, well } from './pair.ts'
import type { Scene } from './scenes.ts'

/** A look each 3 s (agents.ini of the second group), two of them where it cannot be told, each for 2 s; and a slow machine. */
const noticedWithinMs = 3_000 + 2_000 + 3_000 + 2_000 + 4_000
/** Of every call of drbdadm and drbdsetup that is no start. */
const callMs = 10_000

interface Fault {
  readonly name: string
  readonly unit: string
  readonly signal: 'KILL' | 'STOP'
  readonly says: RegExp
}

const faults: readonly Fault[] = [
  {
    name: 'a Nagios that was killed',
    unit: 'nagios-two',
    signal: 'KILL',
    says: /nagios-two\.service failed: signal/,
  },
  {
    name: 'a Nagios that stands still',
    unit: 'nagios-two',
    signal: 'STOP',
    says: /does not answer on \S+nagios\.qh within 2 s: it stands still/,
  },
  {
    name: 'a web server that accepts and never answers',
    unit: 'page-two',
    signal: 'STOP',
    says: /http:\/\/127\.0\.0\.1:8080\/: no answer within 2 s/,
  },
]

export const hangs: readonly Scene[] = [
  {
    name: 'a drbdsetup that hangs under the group: it goes on, and status says what hangs',
    async play(pair) {
      const active = await well(pair)
      await undisturbed(pair, () =>
        hanging(pair, active, 'drbdsetup', async () => {
          const begunMs = Date.now()
          const says = /cannot be asked \(drbdsetup events2 --now r0: still running after 10 s, killed\): it goes on/
          await until('status says so', 3_000 + callMs + 5_000, async () =>
            (await statusOf(pair, active))?.problems.some(({ code, text }) => code === 'DRBD' && says.test(text)),
          )
          tell('told', begunMs)
          await sleep(15_000) // some looks more
          const now = groupIn(await statusOf(pair, active))
          must(now?.state === 'running' && now.on[0] === active, `it is ${now?.state} on ${now?.on}`)
        }),
      )
      must((await well(pair)) === active, `the group has left ${active}`)
    },
  },
  {
    name: 'a drbdadm that hangs when the disk is to be let go: nothing starts elsewhere, and nothing else waits',
    async play(pair) {
      const active = await well(pair)
      const heir = other(active)
      await tandem(pair, active, `move ${secondGroup} --to ${active}`)
      await well(pair)
      await undisturbed(pair, () =>
        hanging(pair, active, 'drbdadm', async () => {
          const begunMs = Date.now()
          const ordered = pair.lab.exec(active, [`${pair.root}/bin/tandem`, 'standby'], { timeout: 120_000 })
          await until('the other group has gone over', callMs, async () =>
            /running|alone/.test(runsOn(await statusOf(pair, heir), secondGroup, heir)),
          )
          tell('the other group has gone over', begunMs)
          const { code, stderr } = await ordered
          tell('given up', begunMs)
          // Twice, as every stop that fails.
          must(Date.now() - begunMs < 2 * callMs + 10_000, 'the stop was not given up in time')
          const says = 'drbdadm secondary r0: still running after 10 s, killed'
          must(code === 1 && stderr.includes(says), `standby: ${code}, ${stderr}`)
          const [here, there] = [await statusOf(pair, active), await statusOf(pair, heir)].map(one => groupIn(one))
          must(here?.state === 'blocked' && there?.state === 'blocked', `${here?.state}, and there ${there?.state}`)
          must(here!.why?.includes(says) === true, `${here!.why}`)
        }),
      )
      await tandem(pair, active, `clear ${group}`)
      await until('it is on the other node', 30_000, async () => runsOn(await statusOf(pair, heir), group, heir))
      await tandem(pair, active, 'unstandby')
      must((await well(pair)) === heir, `the group did not come to ${heir}`)
    },
  },
  ...faults.map(
    ({ name, unit, signal, says }): Scene => ({
      name: `${name}: its group moves, and the other one does not notice`,
      programs: ['nagios4', 'apache2'],
      async play(pair) {
        const active = await well(pair)
        await tandem(pair, active, `move ${secondGroup} --to ${active}`)
        await well(pair)
        await undisturbed(pair, async () => {
          const begunMs = Date.now()
          const failed = new RegExp(`has failed: .*${says.source}`)
          const noticedMs = await logged(pair, active, failed, noticedWithinMs, () =>
            pair.lab.sh(active, `systemctl kill -s ${signal} ${unit}`),
          )
          must(noticedMs <= noticedWithinMs, `noticed after ${noticedMs} ms`)
          console.log(`  noticed after ${(noticedMs / 1_000).toFixed(1)} s`)
          await until('the group has gone over', 30_000, async () =>
            runsOn(await statusOf(pair, active), secondGroup, other(active)),
          )
          tell('gone over', begunMs)
          const why = groupIn(await statusOf(pair, active), secondGroup)?.why ?? ''
          must(says.test(why), `status says: ${why}`)
          const first = groupIn(await statusOf(pair, active))
          must(
            first?.state === 'running' && first.on[0] === active,
            `the first group is ${first?.state} on ${first?.on}`,
          )
        })
        await tandem(pair, active, `clear ${secondGroup}`)
        await well(pair)
      },
    }),
  ),
]

/** Its state where that node alone has it, or nothing. */
function runsOn(status: Awaited<ReturnType<typeof statusOf>>, name: string, guest: GuestName): string {
  const now = groupIn(status, name)
  return now !== undefined && now.on.length === 1 && now.on[0] === guest && now.state !== 'starting' ? now.state : ''
}

const tell = (what: string, sinceMs: number): void =>
  console.log(`  ${what} after ${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`)

/** That program of this guest does nothing, for ever. */
async function hanging({ lab }: Pair, guest: GuestName, program: string, work: () => Promise<void>): Promise<void> {
  const path = `/usr/local/sbin/${program}`
  await lab.write(guest, path, '#!/bin/sh\nexec sleep 1000\n', '755')
  try {
    await work()
  } finally {
    await lab.sh(guest, `rm -f ${path}`)
  }
}

/** Asks the manager again and again, and prints how long each answer took in milliseconds. */
const asker = `
use strict; use IO::Socket::UNIX; use Time::HiRes qw(time sleep); $| = 1;
while (1) {
  my $at = time;
  my $socket = IO::Socket::UNIX->new(Peer => '/run/tandem/monitor.sock');
  my $answer;
  if ($socket) { print $socket qq({"verb":"status"}\\n); $answer = <$socket> }
  printf "%.0f\\n", (time - $at) * 1000 if defined $answer;
  sleep 0.3;
}
`
/** Far more than an answer takes on a machine that is busy with others. */
const longMs = 3_000

/** Meanwhile both managers answer, and no node is late for the other. */
async function undisturbed({ lab }: Pair, work: () => Promise<void>): Promise<void> {
  const late = async (): Promise<number> => {
    const command = 'grep -cE "Late heartbeat|is dead" /var/log/ha-log || :'
    const counts = await Promise.all(guests.map(guest => lab.sh(guest, command)))
    return counts.reduce((sum, text) => sum + Number(text), 0)
  }
  const before = await late()
  const ended = new AbortController()
  const worst = { answerMs: 0, gapMs: 0 }
  const askings = guests.map(guest => {
    let lastMs = Date.now()
    const onStdout = (data: Buffer): void => {
      worst.gapMs = Math.max(worst.gapMs, Date.now() - lastMs)
      lastMs = Date.now()
      for (const line of data.toString().split('\n')) worst.answerMs = Math.max(worst.answerMs, Number(line))
    }
    const asking = lab.exec(guest, ['perl', '-e', asker], { timeout: 600_000, onStdout, signal: ended.signal })
    return asking.catch(() => undefined).then(() => Date.now() - lastMs)
  })
  try {
    await work()
  } finally {
    ended.abort()
  }
  const gapMs = Math.max(worst.gapMs, ...(await Promise.all(askings)))
  console.log(
    `  both managers answered all the while, within ${worst.answerMs} ms; ${gapMs} ms from one answer to the next`,
  )
  must(gapMs < longMs, 'that is too long')
  must((await late()) === before, 'a node was late for the other')
}
