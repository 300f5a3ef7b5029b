/** A word of haresources as agent and arguments, and what old files get wrong in one. */
import { isIpv6 } from './addresses.ts'
import { part, splitWord, type Word } from './lines.ts'
import type { Complaints } from './problem.ts'

export interface ResourceWord {
  /** As written. */
  readonly word: Word
  readonly agent: Word
  readonly args: readonly Word[]
}

export const addressAgents: readonly string[] = ['IPaddr', 'IPaddr2', 'IPv6addr']

/** Heartbeat's own pattern: what looks like an IPv4 address is an argument of IPaddr. */
export const bareAddress = /^\d[^:]*\.\d[^:]*\.\d[^:]*\.\d/

/** undefined: it is wrong, and it has been said why. */
export function readResourceWord(word: Word, complain: Complaints): ResourceWord | undefined {
  if (!checkCharacters(word, complain) || !checkNakedIpv6(word, complain)) return undefined
  if (!checkBrackets(word, complain)) return undefined
  if (word.text.startsWith('[') || bareAddress.test(word.text)) {
    return { word, agent: { ...word, text: 'IPaddr' }, args: splitArgs(word) }
  }
  const [agent, ...args] = splitArgs(word) as [Word, ...Word[]]
  const empty = args.find(arg => arg.text === '')
  if (empty) {
    const why = args.at(-1) === empty ? 'nothing follows "::"' : 'nothing stands between "::" and "::"'
    const fix =
      'write the argument, or remove the "::"; a variable that was empty when this file was written is a usual cause'
    const at = { ...empty, column: empty.column - 2 }
    complain.error('HA204', at, { text: `an argument of ${agent.text || 'a resource'} is empty`, why, fix })
    return undefined
  }
  return checkAgentName(agent, word, complain) ? { word, agent, args } : undefined
}

/** At `::`, but not inside the brackets of an IPv6 address. */
export function splitArgs(word: Word): Word[] {
  const opening = /(^|::)\[/.exec(word.text)
  const from = opening ? opening.index + opening[1]!.length : -1
  const closing = from < 0 ? -1 : word.text.indexOf(']', from)
  if (closing < 0) return splitWord(word, '::')
  const before = from > 0 ? splitWord(part(word, 0, from - 2), '::') : []
  const [rest, ...after] = splitWord(part(word, closing + 1), '::') as [Word, ...Word[]]
  return [...before, part(word, from, rest.endColumn - word.column), ...after]
}

function checkBrackets(word: Word, complain: Complaints): boolean {
  const open = /(?:^|::)(\[[^\]]*)$/.exec(word.text)?.[1]
  if (open === undefined) return true
  const at = part(word, word.text.length - open.length)
  const [address = '', ...rest] = open.split('/')
  const fix = `write ${[`${address}]`, ...rest].join('/')}`
  complain.error('HA207', at, { text: 'the bracket is not closed', why: '"]" is missing after the address', fix })
  return false
}

const name = /^[A-Za-z0-9_@+][\w.@+-]*$/

function checkAgentName(agent: Word, word: Word, complain: Complaints): boolean {
  if (name.test(agent.text)) return true
  const colon = /^([A-Za-z]\w*):([^:].*)$/.exec(word.text)
  const [why, fix] = colon
    ? ['arguments follow two colons', `write ${colon[1]}::${colon[2]}`]
    : agent.text.includes('/')
      ? [
          'a name belongs here, not a path',
          `write ${agent.text.slice(agent.text.lastIndexOf('/') + 1) || 'the name of the script'}`,
        ]
      : ['no script can be called this', 'write the name of a script in resource.d or /etc/init.d']
  complain.error('HA211', agent.text ? agent : word, {
    text: `"${agent.text}" is not the name of a resource script`,
    why,
    fix,
  })
  return false
}

function checkCharacters(word: Word, complain: Complaints): boolean {
  const variable = /\$\{?\w*\}?|`[^`]*`?/.exec(word.text)
  if (variable) {
    const at = part(word, variable.index, variable.index + variable[0].length)
    const fix = 'write the value itself; a template that was never filled in is a usual cause'
    complain.error('HA205', at, { text: `${at.text} is a variable`, why: 'nothing is expanded in haresources', fix })
    return false
  }
  const quote = /["']/.exec(word.text)
  if (quote) {
    const fix = 'remove the quotes; an argument cannot contain blanks'
    complain.error('HA206', part(word, quote.index, quote.index + 1), {
      text: 'quotes mean nothing here',
      why: 'would become part of the argument',
      fix,
    })
    return false
  }
  const pattern = /[*?]/.exec(word.text)
  if (pattern) {
    const why = 'Heartbeat replaced it by file names of its working directory'
    complain.warning('HA214', part(word, pattern.index, pattern.index + 1), {
      text: 'file name patterns are passed on as written',
      why,
      fix: 'write the file name itself',
    })
  }
  return true
}

/** `2001:db8::10/64`, alone or as the argument of an address agent. */
function checkNakedIpv6(word: Word, complain: Complaints): boolean {
  const agent = /^(IPaddr2?|IPv6addr)::/.exec(word.text)?.[0] ?? ''
  const at = part(word, agent.length)
  const [address = '', ...rest] = at.text.split('/')
  const looksSo = agent !== '' || /^::|^[0-9a-f]*\d[0-9a-f]*:|^[0-9a-f]+:[0-9a-f]/i.test(address)
  if (!isIpv6(address) || !looksSo) return true
  const fix = `write ${agent}[${[`${address}]`, ...rest].join('/')}`
  complain.error('HA207', at, {
    text: 'an IPv6 address needs brackets',
    why: '"::" separates the arguments of a resource',
    fix,
  })
  return false
}
