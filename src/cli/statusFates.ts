/** The last sentences of status: what happens if a node dies now. */
import type { Status } from '../daemon/protocol.ts'
import type { Sentence } from './statusSentences.ts'
import { clean, list } from './words.ts'

const death = /^(if .+? dies now): (.+)$/

/** The last sentences, said once for all groups that share them: "if alpha dies now: web and db start on beta ...". */
export function fates(status: Status): Sentence[] {
  const byLead = new Map<string, Map<string, string[]>>()
  for (const group of status.groups) {
    const [, lead_ = '', fate = ''] = death.exec(clean(group.ifDies)) ?? []
    const lead = lead_ === '' ? clean(group.ifDies) : lead_
    const [name, rest] = fate.startsWith(`${group.name} `)
      ? [group.name, fate.slice(group.name.length + 1)]
      : ['', fate]
    const names = byLead.get(lead) ?? new Map<string, string[]>()
    names.set(rest, [...(names.get(rest) ?? []), ...(name === '' ? [] : [name])])
    byLead.set(lead, names)
  }
  return [...byLead]
    .filter(([lead]) => lead !== '')
    .map(([lead, names]) => {
      const clauses = [...names].map(([rest, groups]) => clause(groups, rest)).filter(text => text !== '')
      const text = clauses.length === 0 ? lead : `${lead}: ${clauses.join('; ')}`
      return { text, tone: /\bNOT\b/.test(text) ? 'bad' : 'plain' }
    })
}

function clause(groups: readonly string[], rest: string): string {
  if (groups.length < 2) return [...groups, rest].join(' ').trim()
  const names = groups.length > 4 ? `${groups.slice(0, 3).join(', ')} and ${groups.length - 3} more` : list(groups)
  const many = rest.replace(/^(start|stay|stop|move|run)s\b/, '$1').replace(/^is\b/, 'are')
  return `${names} ${many}`
}
