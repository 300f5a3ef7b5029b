/** Somebody who writes records through the service address, one after the other, and knows which were acknowledged. */
import { address, port } from './files.ts'
import type { Laboratory } from './laboratory.ts'

export interface Writer {
  /** Acknowledged numbers, and when, by the monotonic clock of this machine in milliseconds. */
  readonly acknowledged: Map<number, number>
  /** Of the first acknowledgement of a record that was sent after that instant. */
  firstAfter(ms: number): number | undefined
  stop(): void
}

export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** A record that is not acknowledged in time is given up, and a new one sent: nobody knows of it whether it was written. */
const program = `
const http = require('node:http')
const now = () => Number(process.hrtime.bigint()) / 1e6
let next = Number(process.argv[1])
function once() {
  const n = next++
  const sentMs = now()
  let over = false
  const end = good => {
    if (over) return
    over = true
    clearTimeout(timer)
    request.destroy()
    if (good) process.stdout.write(n + ' ' + sentMs + ' ' + now() + '\\n')
    setTimeout(once, good ? 5 : 20)
  }
  const request = http.request({ host: '${address}', port: ${port}, method: 'POST', path: '/' + n, agent: false })
  const timer = setTimeout(() => end(false), 300)
  request.on('response', response => { response.resume(); response.on('end', () => end(response.statusCode === 200)) })
  request.on('error', () => end(false))
  request.end()
}
once()
`

export function startWriter(lab: Laboratory, firstNumber: number): Writer {
  const acknowledged = new Map<number, number>()
  const sent = new Map<number, number>()
  const end = lab.beside([process.execPath, '-e', program, String(firstNumber)], line => {
    const [number = 0, sentMs = 0, ms = 0] = line.split(' ').map(Number)
    sent.set(number, sentMs)
    acknowledged.set(number, ms)
  })
  return {
    acknowledged,
    firstAfter(ms) {
      for (const [number, at] of acknowledged) if (sent.get(number)! >= ms) return at
      return undefined
    },
    stop: end,
  }
}
