/** What a disk and a network can do to the pair, each with what must be seen afterwards. Each ends with all well. */
import { deadtimeMs, group } from './files.ts'
import { type GuestName, other } from './laboratory.ts'
import { type Pair, type PairStatus, sleep, statusOf, until, well } from './pair.ts'

export interface Scene {
  readonly name: string
  play(pair: Pair): Promise<void>
}

const groupIn = (status: PairStatus | undefined) => status?.groups.find(({ name }) => name === group)
const must = (good: boolean, text: string): void => {
  if (!good) throw new Error(text)
}
const config = '/etc/drbd.d/r0.res'
const clearOf = (pair: Pair, guest: GuestName) => pair.lab.sh(guest, `${pair.root}/bin/tandem clear`)

/** It cannot be attached again: a disk that has died. */
async function loseDisk({ lab }: Pair, guest: GuestName): Promise<void> {
  await lab.sh(guest, `sed -i s/ubdb/nosuch/ ${config} && drbdadm detach --force r0`)
}
async function mendDisk({ lab }: Pair, guest: GuestName): Promise<void> {
  await lab.sh(guest, `sed -i s/nosuch/ubdb/ ${config} && drbdadm attach r0`)
}

export const scenes: readonly Scene[] = [
  {
    name: 'the active disk fails, and the other one is good: the group moves there',
    async play(pair) {
      const active = await well(pair)
      const begunMs = Date.now()
      await loseDisk(pair, active)
      await until('the group is on the other node', 30_000, async () => {
        const now = groupIn(await statusOf(pair, other(active)))
        return now?.on[0] === other(active) && now.state === 'alone'
      })
      console.log(`  moved within ${((Date.now() - begunMs) / 1_000).toFixed(1)} s`)
      await mendDisk(pair, active)
      await clearOf(pair, active)
      await well(pair)
    },
  },
  {
    name: 'the active disk fails, and the other one is not good: the group stays, and says so',
    async play(pair) {
      const active = await well(pair)
      await loseDisk(pair, other(active))
      await until('the other disk is known to be gone', 20_000, async () => {
        const status = await statusOf(pair, active)
        return /would NOT start elsewhere \(r0 is Diskless there\)/.test(groupIn(status)?.ifDies ?? '')
      })
      await pair.lab.sh(active, 'drbdadm detach --force r0 || :')
      // Long enough for two looks at it, and for a move.
      await sleep(15_000)
      const status = await statusOf(pair, active)
      must(groupIn(status)?.on[0] === active, `the group has left ${active}, the only one with data`)
      // The one that was lost last first: DRBD takes nothing older.
      await pair.lab.sh(active, 'drbdadm attach r0')
      await mendDisk(pair, other(active))
      await well(pair)
    },
  },
  {
    name: 'a drbdadm that hangs: the look at it ends, and nothing else waits',
    async play(pair) {
      const active = await well(pair)
      const real = await pair.lab.sh(active, 'command -v drbdsetup')
      await pair.lab.write(active, '/usr/local/sbin/drbdsetup', '#!/bin/sh\nexec sleep 1000\n', '755')
      try {
        const begunMs = Date.now()
        while (Date.now() - begunMs < 8_000) {
          const askedMs = Date.now()
          must((await statusOf(pair, active)) !== undefined, 'the manager does not answer')
          must(Date.now() - askedMs < 5_000, `the manager took ${Date.now() - askedMs} ms to answer`)
        }
      } finally {
        await pair.lab.sh(active, `rm -f /usr/local/sbin/drbdsetup; test -x ${real}`)
      }
      await well(pair)
    },
  },
  {
    name: 'a split brain: seen by both, promotes nobody, and is over when the commands were typed',
    async play(pair) {
      const { lab } = pair
      const winner = await well(pair)
      const loser = other(winner)
      await lab.control('cut', loser)
      await until(
        'both have it',
        60_000 + deadtimeMs,
        async () => groupIn(await statusOf(pair, loser))?.state === 'alone',
      )
      await lab.sh(loser, 'date >/mnt/shared/of-one && sync')
      await lab.sh(winner, 'date >/mnt/shared/of-the-other && sync')
      await lab.control('heal', loser)
      await until('both say so', 60_000, async () => {
        const both = await Promise.all([statusOf(pair, winner), statusOf(pair, loser)])
        return both.every(status => status?.problems.some(({ code }) => code === 'SPLIT-BRAIN'))
      })
      const holder = await until('one of them has let go', 60_000, async () => {
        const on = groupIn(await statusOf(pair, winner))?.on ?? []
        return on.length === 1 && (on[0] as GuestName)
      })
      const victim = other(holder)
      const tried = await lab.exec(victim, [`${pair.root}/bin/tandem`, 'takeover'], { timeout: 120_000 })
      must(tried.code !== 0, 'a takeover onto a node in a split brain was obeyed')
      const log = await lab.sh(victim, 'grep -c "has a split brain" /var/log/ha-log || :')
      must(Number(log) > 0, `${victim} did not say why it refused`)
      await lab.sh(victim, 'drbdadm disconnect r0; drbdadm connect --discard-my-data r0')
      await lab.sh(holder, 'drbdadm connect r0 || :')
      await clearOf(pair, victim)
      await well(pair)
    },
  },
]
