/** One JSON value per line over a stream, with a limit: what is longer or broken is named and dropped. */
import type { Duplex } from 'node:stream'

/** Calls `take` for each whole line; `complain` for what is no JSON or too long. */
export function readLines(
  stream: Duplex,
  maxBytes: number,
  take: (value: unknown) => void,
  complain: (what: string) => void,
): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    rest += chunk
    let end = rest.indexOf('\n')
    while (end >= 0) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 1)
      end = rest.indexOf('\n')
      if (line.trim() === '') continue
      if (line.length > maxBytes) {
        complain(`a line of more than ${maxBytes} bytes`)
        continue
      }
      let value: unknown
      try {
        value = JSON.parse(line)
      } catch {
        complain(`not a line of JSON: ${line.slice(0, 80)}`)
        continue
      }
      take(value)
    }
    if (rest.length > maxBytes) {
      rest = ''
      complain(`a line of more than ${maxBytes} bytes`)
    }
  })
}

export const writeLine = (stream: Duplex, value: unknown): void => {
  if (stream.writable) stream.write(`${JSON.stringify(value)}\n`)
}
