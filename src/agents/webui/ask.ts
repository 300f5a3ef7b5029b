/** One question to a web server: what it answers within the time, and nothing of it kept longer. */
import { request as plain } from 'node:http'
import { request as secure } from 'node:https'

export interface Question {
  readonly url: URL
  readonly timeoutMs: number
  /** False: a certificate that nobody vouches for will do. */
  readonly certificate: boolean
}

export type Answer =
  | { readonly status: number; readonly text: string }
  /** No answer, or not a whole one, and why. */
  | { readonly silent: string }

export type AskWeb = (question: Question) => Promise<Answer>

/** A page that goes on for ever is cut: what is looked for stands at its beginning. */
const mostBytes = 512 * 1024

/** The limit is for all of it: connection, handshake, and the last byte. Never throws. */
export const askWeb: AskWeb = ({ url, timeoutMs, certificate }) =>
  new Promise(resolve => {
    const headers = { 'user-agent': 'tandem', connection: 'close' }
    const options = { headers, agent: false as const, rejectUnauthorized: certificate }
    const asked = url.protocol === 'https:' ? secure(url, options) : plain(url, options)
    const end = (answer: Answer): void => {
      clearTimeout(limit)
      asked.destroy()
      resolve(answer)
    }
    const limit = setTimeout(() => end({ silent: `no answer within ${timeoutMs / 1_000} s` }), timeoutMs)
    asked.on('error', (error: NodeJS.ErrnoException) => end({ silent: wordsFor(error) }))
    asked.on('response', response => {
      const status = response.statusCode ?? 0
      const chunks: Buffer[] = []
      let bytes = 0
      const whole = (): void => end({ status, text: Buffer.concat(chunks).toString('utf8') })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= mostBytes) whole()
      })
      response.on('end', whole)
      response.on('error', (error: NodeJS.ErrnoException) => end({ silent: wordsFor(error) }))
    })
    asked.end()
  })

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut before the answer was whole',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the name of the host is not known; write its address',
  EAI_AGAIN: 'no name server answers; write an address in place of the name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody vouches for its certificate (self-signed); "certificate = off" accepts that',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody vouches for its certificate (self-signed); "certificate = off" accepts that',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody vouches for its certificate; "certificate = off" accepts that',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name; "certificate = off" accepts that',
}

const wordsFor = ({ code, message }: NodeJS.ErrnoException): string => words[code ?? ''] ?? message
