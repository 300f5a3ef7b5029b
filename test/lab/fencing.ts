/** DRBD fences by our handler: what it answers is true, and nobody stays frozen who may go on. */
import { mountPoint } from './files.ts'
import { type GuestName, guests, other } from './laboratory.ts'
import { groupIn, must, type Pair, statusOf, until, well } from './pair.ts'
import type { Scene } from './scenes.ts'

const config = '/etc/drbd.d/r0.res'
/** On the disk: a guest that dies forgets its /tmp. */
const saved = '/etc/r0.before'
/** DRBD misses its peer in 4.5 s, Tandem a dead one in 5, and a copy that is cut off is outdated a moment later. */
const answeredWithinMs = 15_000
const drop = 'INPUT -p tcp -m multiport --ports 7788 -j DROP'

export const ofFencing: readonly Scene[] = [
  {
    name: 'a fence-peer handler: 4 where the peer is cut off and outdated, 5 where it is dead',
    programs: ['iptables-legacy'],
    async play(pair) {
      const { lab } = pair
      const active = await well(pair)
      const spare = other(active)
      await configured(pair, async () => {
        await lab.sh(spare, `iptables-legacy -A ${drop}`)
        await frozenUntil(pair, active, 'only DRBD is cut: its peer is outdated', 4)
        const words = await Promise.all(guests.map(guest => lab.sh(guest, 'drbdadm dstate r0')))
        const [here, there] = guests[0] === active ? words : [words[1], words[0]]
        must(here === 'UpToDate/Outdated' && there!.startsWith('Outdated'), `the disks are ${here}, and there ${there}`)
        must(groupIn(await statusOf(pair, active))?.on[0] === active, 'the group has moved')
        await lab.sh(spare, `iptables-legacy -D ${drop}`)
        must((await well(pair)) === active, 'the group has moved')

        await lab.control('crash', spare)
        await frozenUntil(pair, active, 'the peer is dead', 5)
        await lab.control('start', spare)
        must((await well(pair)) === active, 'the group has moved')

        await lab.control('crash', active)
        await until('the other one is promoted and runs it', 30_000, async () => {
          const now = groupIn(await statusOf(pair, spare))
          return now?.on[0] === spare && now.state === 'alone'
        })
        must((await answersOf(pair, spare)).at(-1) === 5, `it was answered ${await answersOf(pair, spare)}`)
        await lab.control('start', active)
        must((await well(pair)) === spare, `the group did not come to ${spare}`)
      })
      await well(pair)
    },
  },
]

/** What the kernel has been answered, the last one last. */
async function answersOf({ lab }: Pair, guest: GuestName): Promise<readonly number[]> {
  const log = await lab.sh(guest, 'dmesg | grep -o "fence-peer helper returned [0-9]*" || :')
  return log.split('\n').flatMap(line => (line === '' ? [] : Number(line.split(' ').at(-1))))
}

/** Whoever writes waits until the handler has answered, and no longer. */
async function frozenUntil(pair: Pair, guest: GuestName, what: string, code: number): Promise<void> {
  const { lab } = pair
  const begunMs = Date.now()
  const before = (await answersOf(pair, guest)).length
  await until(what, answeredWithinMs, async () => (await answersOf(pair, guest)).length > before)
  await lab.sh(guest, `date >${mountPoint}/fenced && sync`, 10_000)
  const answers = (await answersOf(pair, guest)).slice(before)
  must(answers.length === 1 && answers[0] === code, `${what}: it was answered ${answers}, not ${code}`)
  console.log(`  ${what}: answered ${code} after ${((Date.now() - begunMs) / 1_000).toFixed(1)} s, and it writes again`)
}

/** With fencing and our handler, which go again. */
async function configured({ lab, root }: Pair, work: () => Promise<void>): Promise<void> {
  const onBoth = (command: string) => Promise.all(guests.map(guest => lab.sh(guest, command)))
  const edits = [
    `-e 's|^  protocol C;|&\\n  handlers { fence-peer "${root}/bin/tandem-drbd-fence"; }|'`,
    "-e 's|disk { c-max-rate|disk { fencing resource-and-stonith; c-max-rate|'",
  ]
  await onBoth(`cp ${config} ${saved} && sed -i ${edits.join(' ')} ${config} && sync && drbdadm adjust r0`)
  await work()
  await onBoth(`cp ${saved} ${config} && sync && drbdadm adjust r0`)
}
