/** Does another host answer for a service address that this one holds? IPv4 only: no program asks that of IPv6. */
import type { Settings } from '../../config/settings.ts'
import type { GroupName } from '../../types.ts'
import { answerIn, findingIn } from './finding.ts'
import { runningNow } from './nearby.ts'
import { realProbe, type StartProbe } from './probe.ts'
import type { Nearby, Question } from './questions.ts'
import { serviceAddresses } from './serviceAddresses.ts'

export interface RivalsOptions {
  readonly groups: Settings['groups']
  readonly post: (event: { readonly type: 'rival'; readonly group: GroupName; readonly held: boolean }) => void
  readonly tools?: { readonly startProbe: StartProbe; readonly running: () => readonly Nearby[] }
}

export interface Rivals {
  /**
   * One question a group, over within a second; nothing happens while one about it is under way. What cannot be asked is
   * not told, nor anything of a group whose addresses are not here any more.
   */
  watch(groups: readonly GroupName[]): void
  close(): void
}

/** Duplicate address detection of RFC 5227: only another host answers, the first answer ends it. */
const argumentsFor = (address: string, device: string): readonly string[] => {
  return ['-D', '-c', '2', '-w', '1', '-I', device, address]
}

export function openRivals({ groups, post, tools = real }: RivalsOptions): Rivals {
  const addresses = new Map(groups.map(group => [group.name, serviceAddresses(group)]))
  const underWay = new Map<GroupName, () => void>()

  function look(group: GroupName): void {
    const question = questionFor(group)
    if (question === undefined || underWay.has(group)) return
    const end = (held: boolean | undefined): void => {
      if (!underWay.delete(group)) return
      probe.kill()
      if (held !== undefined) post({ type: 'rival', group, held })
    }
    const probe = tools.startProbe('arping', argumentsFor(question.address, question.device), {
      printed: output => {
        if (answerIn(question, output) !== undefined) end(true)
      },
      ended: (output, missing) => {
        const { is } = findingIn(question, output, missing)
        end(is === 'unable' ? undefined : is === 'answered')
      },
    })
    underWay.set(group, () => probe.kill())
  }

  function questionFor(group: GroupName): Extract<Question, { readonly how: 'arp' }> | undefined {
    const nearby = tools.running()
    for (const { address, family } of addresses.get(group) ?? []) {
      const at = nearby.find(one => one.addresses.some(own => own.address === address))
      if (family === 4 && at?.arp && at.running) return { how: 'arp', of: 'service', address, device: at.device }
    }
    return undefined
  }

  return {
    watch: names => names.forEach(look),
    close() {
      const kills = [...underWay.values()]
      underWay.clear()
      for (const kill of kills) kill()
    },
  }
}

const real = { startProbe: realProbe, running: runningNow }
