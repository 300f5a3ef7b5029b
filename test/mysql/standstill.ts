/** A primary whose process stands still, on whole nodes: noticed within its limits, said, and no second primary. */
import { setTimeout as sleep } from 'node:timers/promises'
import { runIn } from '../../bench/host.ts'
import { group, type NodeLab, openNodes, peer, runs, status, untilStatus } from '../integration/nodeLab.ts'
import { type Member, manage, name, newMember, problemsOf, whole } from './member.ts'
import { typed } from './typed.ts'

export interface Standstill {
  /** From SIGSTOP to a status that says so. */
  readonly noticedMs: number
  /** The longest that a status of either node took meanwhile, and the longest silence that its peer saw. */
  readonly statusMs: number
  readonly silenceMs: number
  readonly sentence: string
  /** What became of the group, and what was said of that. */
  readonly group: string
}

export async function standstill(say: (line: string) => void): Promise<Standstill> {
  const lab = await openNodes(['db1', 'db2'])
  try {
    await lab.gateway()
    return await play(lab, say)
  } finally {
    await lab.close()
  }
}

async function play(lab: NodeLab, say: (line: string) => void): Promise<Standstill> {
  const [db1, db2] = [await newMember(lab, lab.node('db1'), 1), await newMember(lab, lab.node('db2'), 2)]
  for (const one of [db1, db2]) manage(lab, one, 'mysql-pair')
  await untilStatus(db1.node, 'the first start', runs(name, 'db1'), 60_000)
  await whole(db1, db2)
  const watching = watch(db1, db2)
  const began = performance.now()
  await signal(db1, 'STOP')
  const seen = await untilStatus(db1.node, 'a word about it', one => silent.test(problemsOf(one)), 20_000)
  const noticedMs = Math.round(performance.now() - began)
  const sentence =
    problemsOf(seen)
      .split('\n')
      .find(text => silent.test(text)) ?? ''
  const stuck = await untilStatus(db1.node, 'the end of it', one => group(one, name).state === 'blocked', 90_000)
  const { why = '', fix = '' } = group(stuck, name)
  say(`after ${Math.round(performance.now() - began)} ms: ${why}; ${fix}`)
  if ((await db2.server.value('SELECT @@read_only')) !== '1') throw new Error('there are two primaries')
  const { statusMs, silenceMs } = await watching.end()
  await signal(db1, 'CONT')
  const { code, out } = await typed(lab, db1.node, 'clear', name)
  if (code !== 0) throw new Error(`clear: ${code} ${out}`)
  await untilStatus(db1.node, 'the role again', one => ['db1', 'db2'].some(node => runs(name, node)(one)), 60_000)
  return { noticedMs, statusMs, silenceMs, sentence, group: `blocked: ${why}; ${fix}` }
}

const silent = /does not answer within 5 s/

/** By the number that it has in its own host. */
const signal = ({ node, server }: Member, name: string): Promise<string> =>
  runIn(node.host, ['sh', '-c', `kill -${name} $(cat ${server.dir}/pid)`])

/** Asks both nodes all the time how they are, and how long the other one has been silent. */
function watch(...members: readonly Member[]): { end(): Promise<{ statusMs: number; silenceMs: number }> } {
  let ended = false
  const longest = { statusMs: 0, silenceMs: 0 }
  const work = async ({ node }: Member, other: Member): Promise<void> => {
    while (!ended) {
      const began = performance.now()
      const seen = await status(node)
      longest.statusMs = Math.max(longest.statusMs, Math.round(performance.now() - began))
      const { silentS = 0 } = seen === undefined ? {} : peer(seen, other.node.name)
      longest.silenceMs = Math.max(longest.silenceMs, Math.round(1_000 * silentS))
      await sleep(50)
    }
  }
  const [one, other] = members as [Member, Member]
  const all = Promise.all([work(one, other), work(other, one)])
  return {
    async end() {
      ended = true
      await all
      return longest
    },
  }
}
