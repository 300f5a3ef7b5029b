/**
 * authkeys: `auth NUMBER` says which key is sent, `NUMBER METHOD KEY` defines one. Every key that is listed is accepted.
 * The method is always HMAC-SHA256: `sha256` gives 32 bytes in hexadecimal, and of Heartbeat's md5 and sha1 lines the
 * text of the key is used. A key never appears in a message.
 */
import { checkKeyFile } from './keyFile.ts'
import { readLines, type Word } from './lines.ts'
import { type Complaints, type SourceFile, span, wholeFile } from './problem.ts'
import type { Keys } from './settings.ts'
import { nearest } from './suggest.ts'
import { wholeNumber } from './values.ts'

const methods = ['sha256', 'sha1', 'md5', 'crc'] as const
type Method = (typeof methods)[number]
const leastKeyBytes = 16
const keyNumber = wholeNumber(0, 15)
const newKey = (number: Word | number): string =>
  `write "${typeof number === 'number' ? number : number.text} sha256 KEY", KEY as "tandem key new" prints it`

/** In etc-examples/authkeys, and so known to everybody. */
export const exampleKey = '5f1a7e0c2d4b6938a1c3e5f70912b4d68f0e1d2c3b4a59687786950413223140'

interface Line {
  readonly number: number
  readonly at: Word
}

export function readAuthKeys(file: SourceFile, allowInsecure: boolean, complain: Complaints): Keys {
  checkKeyFile(file, complain)
  const secrets = new Map<number, Uint8Array>()
  const defined = new Map<number, Word>()
  let send: Line | undefined
  for (const words of readLines(file.text ?? '')) {
    const [first, ...rest] = words
    if (!first) continue
    if (first.text === 'auth') {
      const chosen = readAuth(first, rest, complain)
      if (chosen && send) sayTwice('auth', send.at, chosen.at, complain)
      send = chosen ?? send
      continue
    }
    const number = readKeyNumber(first, complain)
    if (number === undefined) continue
    const earlier = defined.get(number)
    if (earlier) sayTwice(`key ${number}`, earlier, first, complain)
    defined.set(number, first)
    const secret = readKey(first, rest, allowInsecure, complain)
    if (secret) secrets.set(number, secret)
  }
  checkAuth(send, defined, complain)
  return { send: send?.number ?? 0, secrets }
}

function readAuth(word: Word, [number, surplus]: readonly Word[], complain: Complaints): Line | undefined {
  if (!number) {
    complain.error('HA301', word, {
      text: 'auth without a number',
      why: 'the number of a key belongs after this',
      fix: 'write auth 1',
    })
    return undefined
  }
  const parsed = keyNumber(number.text)
  if ('bad' in parsed || surplus) {
    const says = {
      text: 'auth takes one key number',
      why: 'a whole number from 0 to 15 belongs here',
      fix: 'write auth 1',
    }
    complain.error('HA304', surplus ?? number, says)
    return undefined
  }
  return { number: parsed.value, at: number }
}

function readKeyNumber(word: Word, complain: Complaints): number | undefined {
  const parsed = keyNumber(word.text)
  if ('value' in parsed) return parsed.value
  if (/^\d+$/.test(word.text)) {
    complain.error('HA304', word, {
      text: 'not a key number',
      why: 'keys are numbered 0 to 15',
      fix: 'write a number from 0 to 15',
    })
    return undefined
  }
  const isAuth = nearest(word.text.replace(/\d+$/, ''), ['auth']) !== undefined
  const fix = isAuth ? 'write auth and a key number, as in: auth 1' : 'write "auth 1" or "1 sha256 KEY"'
  complain.error('HA301', word, { text: 'not a line of authkeys', why: 'a line begins with "auth" or a number', fix })
  return undefined
}

function readKey(
  number: Word,
  rest: readonly Word[],
  allowInsecure: boolean,
  complain: Complaints,
): Uint8Array | undefined {
  const [methodWord, key, ...more] = rest
  if (!methodWord) {
    complain.error('HA306', number, {
      text: `key ${number.text} has no method`,
      why: 'nothing follows the number',
      fix: newKey(number),
    })
    return undefined
  }
  const method = methods.find(known => known === methodWord.text)
  if (!method) {
    const meant = nearest(methodWord.text, methods)
    const fix = meant ? `did you mean "${meant}"?` : newKey(number)
    complain.error('HA305', methodWord, { text: 'unknown method', why: 'sha256, sha1, md5 or crc belongs here', fix })
    return undefined
  }
  if (method === 'crc') return readCrc(number, methodWord, allowInsecure, complain)
  if (!key) {
    const fix = method === 'sha256' ? newKey(number) : `write ${number.text} ${method} KEY`
    complain.error('HA306', methodWord, { text: `${method} without its key`, why: 'a key is missing after this', fix })
    return undefined
  }
  if (more[0]) {
    const why = 'a key is one word; Heartbeat passed over the rest in silence'
    complain.warning('HA315', span(more[0], more.at(-1)!), {
      text: 'words after the key are not part of it',
      why,
      fix: 'remove them',
    })
  }
  return method === 'sha256'
    ? readHex(number, key, complain)
    : readText(number, methodWord, method, key, allowInsecure, complain)
}

/** `crc` proves nothing: its secret is public, and the same everywhere. */
function readCrc(number: Word, at: Word, allowInsecure: boolean, complain: Complaints): Uint8Array {
  const why = 'anybody on the network can give orders to the cluster'
  const fix = newKey(number)
  if (allowInsecure) complain.warning('HA309', at, { text: 'crc is no key (allow_insecure_auth yes)', why, fix })
  else complain.error('HA309', at, { text: 'crc is no key', why, fix: `${fix}; or allow_insecure_auth yes in ha.cf` })
  return new TextEncoder().encode('crc')
}

function readHex(number: Word, key: Word, complain: Complaints): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/i.test(key.text)) {
    const text = 'the key of sha256 is 64 hexadecimal digits'
    complain.error('HA307', key, { text, why: `${key.text.length} characters`, fix: newKey(number) })
    return undefined
  }
  if (key.text.toLowerCase() === exampleKey) {
    const why = 'everybody can read it in the examples'
    complain.warning('HA316', key, { text: 'this key is public', why, fix: newKey(number) })
  }
  return Uint8Array.from(key.text.match(/../g)!, digits => Number.parseInt(digits, 16))
}

function readText(
  number: Word,
  methodWord: Word,
  method: Method,
  key: Word,
  allowInsecure: boolean,
  complain: Complaints,
): Uint8Array {
  const bytes = new TextEncoder().encode(key.text)
  const renew = newKey(number)
  if (bytes.length < leastKeyBytes) {
    const text = `a key of ${bytes.length} bytes is too short`
    const why = 'can be guessed; 16 bytes are the least'
    if (allowInsecure) complain.warning('HA308', key, { text: `${text} (allow_insecure_auth yes)`, why, fix: renew })
    else complain.error('HA308', key, { text, why, fix: `${renew}; or allow_insecure_auth yes in ha.cf` })
  }
  const text = `${method} is read as HMAC-SHA256 with the text of this key`
  complain.warning('HA310', methodWord, { text, why: `${method} itself is not used`, fix: renew })
  return bytes
}

function checkAuth(send: Line | undefined, defined: ReadonlyMap<number, Word>, complain: Complaints): void {
  if (!send) {
    if (complain.problems.some(problem => problem.code === 'HA304' || problem.code === 'HA301')) return
    const number = [...defined.keys()][0] ?? 1
    complain.error('HA302', wholeFile, {
      text: 'no auth line',
      why: 'it says which key is sent',
      fix: `write auth ${number}`,
    })
  } else if (!defined.has(send.number)) {
    const known = [...defined.keys()].join(', ')
    const fix = known ? `write auth ${known.split(', ')[0]} (defined: ${known})` : newKey(send.number)
    complain.error('HA303', send.at, { text: `key ${send.number} is not defined`, why: 'no line of this number', fix })
  }
}

function sayTwice(what: string, earlier: Word, winner: Word, complain: Complaints): void {
  const why = `line ${winner.line} counts, the last one`
  complain.warning('HA314', earlier, { text: `${what} is given twice`, why, fix: 'keep one of them' })
}
