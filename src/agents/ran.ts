/** How a program ended: data first, a sentence second. */
export type Ran = {
  readonly command: string
  readonly ok: boolean
  readonly end: End
  /** Standard output and error together, as they came; the last 64 KiB. */
  readonly output: string
}

export type End =
  | { readonly by: 'exit'; readonly code: number }
  | { readonly by: 'signal'; readonly signal: string }
  | { readonly by: 'timeout'; readonly afterMs: number }
  | { readonly by: 'missing'; readonly file: string }
  /** The kernel refused to start it: rights, memory, an interpreter that is not there. */
  | { readonly by: 'refused'; readonly why: string }

export function explain({ command, end, output }: Ran): string {
  const said = lastWords(output)
  const saying = said ? `, it said: ${said}` : ''
  switch (end.by) {
    case 'exit':
      return `${command}: exit code ${end.code}${saying}`
    case 'signal':
      return `${command}: killed by ${end.signal}${saying}`
    case 'timeout':
      return `${command}: still running after ${end.afterMs / 1_000} s, killed${saying}`
    case 'missing':
      return `${command}: ${end.file} is not installed`
    case 'refused':
      return `${command}: could not be started, ${end.why}`
  }
}

/** The line to show to people: the last one that says something, at most 200 characters of it. */
export function lastWords(output: string): string {
  const lines = output.split('\n').map(line => line.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ').trim())
  return (lines.findLast(line => line !== '') ?? '').slice(0, 200)
}
