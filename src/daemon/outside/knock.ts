/** A connection to the port of ssh, only to see whether anybody accepts or refuses it. */
import { connect } from 'node:net'

export const knockPort = 22

/** Calls back at most once, with what the host did; never when it does nothing. The returned function gives up. */
export type Knock = (address: string, answered: (what: string) => void) => () => void

const answers: Readonly<Record<string, string>> = { ECONNREFUSED: 'refused', ECONNRESET: 'refused' }

export const realKnock: Knock = (address, answered) => {
  const socket = connect({ host: address, port: knockPort })
  socket.on('connect', () => {
    answered('accepted')
    socket.destroy()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const what = answers[error.code ?? '']
    if (what !== undefined) answered(what)
  })
  return () => void socket.destroy()
}
