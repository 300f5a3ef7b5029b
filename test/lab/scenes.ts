/** What a disk and a network can do to the pair, each with what must be seen afterwards. Each ends with all well. */
import { group, mountPoint } from './files.ts'
import { type GuestName, guests, other } from './laboratory.ts'
import { groupIn, must, type Pair, sleep, statusOf, tandem, until, well } from './pair.ts'

export interface Scene {
  readonly name: string
  /** It needs these. */
  readonly programs?: readonly string[]
  play(pair: Pair): Promise<void>
}

const config = '/etc/drbd.d/r0.res'

/** It cannot be attached again: a disk that has died. */
async function loseDisk({ lab }: Pair, guest: GuestName): Promise<void> {
  await lab.sh(guest, `sed -i s/ubdb/nosuch/ ${config} && drbdadm detach --force r0`)
}
async function mendDisk({ lab }: Pair, guest: GuestName): Promise<void> {
  await lab.sh(guest, `sed -i s/nosuch/ubdb/ ${config} && drbdadm attach r0`)
}

export const ofDisks: readonly Scene[] = [
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
      await tandem(pair, active, 'clear')
      await well(pair)
    },
  },
  {
    name: 'both disks fail: the group goes nowhere, status says so, and it is well when they are mended',
    async play(pair) {
      const { lab } = pair
      const active = await well(pair)
      const spare = other(active)
      await loseDisk(pair, spare)
      await until('the other disk is known to be gone', 20_000, async () => {
        const status = await statusOf(pair, active)
        return /would NOT start elsewhere \(r0 is Diskless there\)/.test(groupIn(status)?.ifDies ?? '')
      })
      const { code, stderr } = await lab.exec(active, [`${pair.root}/bin/tandem`, 'standby'], { timeout: 60_000 })
      must(code === 4 && stderr.includes('r0 is Diskless there'), `standby: ${code}, ${stderr}`)
      await lab.sh(active, 'drbdadm detach --force r0 || :')
      await until('status says so', 20_000, async () =>
        (await statusOf(pair, active))?.problems.some(({ text }) =>
          /the disk of r0 has failed here.*no peer has/.test(text),
        ),
      )
      // Long enough for some looks at it, and for a move. What is written now fails: it may be given up, but not moved.
      for (const endMs = Date.now() + 15_000; Date.now() < endMs; await sleep(500)) {
        must((await roleOf(pair, spare)) === 'Secondary', `${spare} was promoted without a disk`)
        must(!(await mounted(pair, spare)), `it is mounted on ${spare}`)
      }
      // The one that was lost last first: DRBD takes nothing older.
      await lab.sh(active, 'drbdadm attach r0')
      await mendDisk(pair, spare)
      for (const guest of guests) await tandem(pair, guest, `clear ${group}`)
      await well(pair)
    },
  },
  {
    name: 'a copy that somebody took down: known as old at once, and nobody starts on it',
    async play(pair) {
      const { lab } = pair
      const active = await well(pair)
      const spare = other(active)
      await lab.sh(spare, 'drbdadm down r0')
      await until('its meta data say so', 15_000, async () =>
        (await lab.sh(spare, 'drbdadm dstate r0')).startsWith('Outdated'),
      )
      await lab.sh(active, 'date >/mnt/shared/later && sync')
      await lab.control('crash', active)
      await until('the start there was refused', 30_000, async () => {
        const failed = groupIn(await statusOf(pair, spare))
        return failed?.state === 'failed' && /r0 is Outdated here: the peer has newer data/.test(failed.why ?? '')
      })
      must((await roleOf(pair, spare)) === 'Secondary', `${spare} was promoted`)
      await lab.control('start', active)
      await until('the one that had it has it again', 60_000, async () => {
        const again = groupIn(await statusOf(pair, active))
        return again?.on[0] === active && /running|alone/.test(again.state)
      })
      await tandem(pair, spare, 'clear')
      must((await well(pair)) === active, `the group has left ${active}`)
      await lab.sh(active, 'test -s /mnt/shared/later')
    },
  },
  {
    name: 'a split brain: seen by both, promotes nobody, and is over when the commands were typed',
    async play(pair) {
      const { lab } = pair
      const { holder, victim } = await splitBrain(pair)

      // Orders are refused while it runs: they would stop it here, and start it nowhere.
      for (const [guest, verb] of [
        [victim, 'takeover'],
        [holder, 'standby'],
      ] as const) {
        const { code, stderr } = await lab.exec(guest, [`${pair.root}/bin/tandem`, verb], { timeout: 120_000 })
        must(code === 4 && stderr.includes('r0 has a split brain'), `${verb} on ${guest}: ${code}, ${stderr}`)
      }
      const now = groupIn(await statusOf(pair, holder))
      must(now?.on[0] === holder, `the group has left ${holder}`)
      must(/would NOT start elsewhere \(r0 has a split brain\)/.test(now?.ifDies ?? ''), `${now?.ifDies}`)

      // Nobody takes it from the dead either, and that is what status says.
      await lab.control('crash', holder)
      await until('the start there was refused', 30_000, async () => {
        const failed = groupIn(await statusOf(pair, victim))
        return failed?.state === 'failed' && /r0 has a split brain/.test(failed.why ?? '')
      })
      must((await roleOf(pair, victim)) === 'Secondary', `${victim} was promoted`)
      await lab.control('start', holder)
      await until('the one that had it has it again', 60_000, async () => {
        const again = groupIn(await statusOf(pair, holder))
        return again?.on[0] === holder && again.state === 'alone'
      })

      await lab.sh(victim, 'drbdadm disconnect r0; drbdadm connect --discard-my-data r0')
      await lab.sh(holder, 'drbdadm connect r0 || :')
      await tandem(pair, victim, 'clear')
      must((await well(pair)) === holder, `the group has left ${holder}`)
      await tandem(pair, victim, 'takeover')
      must((await well(pair)) === victim, `the group did not come to ${victim}`)
      const kept = await lab.sh(victim, 'ls /mnt/shared')
      must(kept.includes(`only-${holder}`), `what ${holder} wrote is lost`)
      must(!kept.includes(`only-${victim}`), `what ${victim} wrote is there, though it was given up`)
    },
  },
]

/** Both primary while parted, both with changes of their own, then connected again; the group is on one of them again. */
async function splitBrain(pair: Pair): Promise<{ readonly holder: GuestName; readonly victim: GuestName }> {
  const { lab } = pair
  const cutOff = other(await well(pair))
  await lab.control('cut', cutOff)
  await until('both have it', 60_000, async () => {
    const both = await Promise.all(guests.map(guest => statusOf(pair, guest)))
    return both.every((status, nth) => groupIn(status)?.on[0] === guests[nth] && groupIn(status)?.state === 'alone')
  })
  await Promise.all(guests.map(guest => lab.sh(guest, `date >/mnt/shared/only-${guest} && sync`)))
  await lab.control('heal', cutOff)
  await until('both say so, with what to type', 60_000, async () => {
    const both = await Promise.all(guests.map(guest => statusOf(pair, guest)))
    return both.every(status =>
      status?.problems.some(({ code, fix }) => code === 'SPLIT-BRAIN' && fix?.includes('--discard-my-data r0')),
    )
  })
  const holder = await until('one of them has let go', 60_000, async () => {
    const on = groupIn(await statusOf(pair, 'n1'))?.on ?? []
    return on.length === 1 && (on[0] as GuestName)
  })
  const words = await Promise.all(guests.map(guest => lab.sh(guest, 'drbdadm cstate r0')))
  must(
    words.every(word => word === 'StandAlone'),
    `DRBD is ${words.join(' and ')}`,
  )
  return { holder, victim: other(holder) }
}

const mounted = async ({ lab }: Pair, guest: GuestName): Promise<boolean> =>
  (await lab.exec(guest, ['mountpoint', '-q', mountPoint])).code === 0

const roleOf = async ({ lab }: Pair, guest: GuestName): Promise<string> =>
  (await lab.sh(guest, 'drbdadm role r0')).split('/')[0]!
