/** Whether an answer is the one that is wanted. */
import type { Seen } from '../agent.ts'
import type { Answer } from './ask.ts'

export interface Expected {
  /** As written: where it was asked. */
  readonly url: string
  /** `200`, `2xx`, `200,301`; undefined: anything below 500, for a page that wants a password is served all the same. */
  readonly status: string | undefined
  readonly text: string | undefined
}

/** Not `stopped`: the unit runs. What is wrong twice in a row counts as a failure. */
export function judge(answer: Answer, { url, status, text }: Expected): Seen {
  const wrong = (why: string): Seen => ({ status: 'unknown', why: `${url}: ${why}` })
  if ('silent' in answer) return wrong(answer.silent)
  if (!fits(answer.status, status)) return wrong(`answers ${answer.status}${status ? `, not ${status}` : ''}`)
  if (text !== undefined && !answer.text.includes(text)) return wrong(`the page does not have "${text}"`)
  return { status: 'running' }
}

const fits = (status: number, wanted: string | undefined): boolean =>
  wanted === undefined
    ? status < 500
    : wanted.split(',').some(one => new RegExp(`^${one.trim().replace(/x/gi, '\\d')}$`).test(String(status)))

/** What is wrong with a list of statuses; undefined: nothing. */
export const wrongStatus = (text: string): string | undefined =>
  text.split(',').every(one => /^\s*[1-5](\d\d|xx)\s*$/i.test(one))
    ? undefined
    : 'write statuses as in 200, 2xx or 200,301'
