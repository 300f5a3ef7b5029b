/** How far a copy is: one line that is drawn again, or, where nobody looks, a line for each tenth. */
import type { Progress } from '../../agents/mysqlrole/reseed.ts'

const cells = 30

/** `[######........................]  20 %  52 MB of about 260 MB`; what is copied is only about as long as it is on disk. */
export function barOf({ doing, bytes }: Progress): string {
  if (bytes === undefined) return doing
  const share = bytes.about > 0 ? Math.min(0.99, bytes.done / bytes.about) : 0
  const full = Math.round(share * cells)
  const bar = `[${'#'.repeat(full)}${'.'.repeat(cells - full)}]`
  return `${doing} ${bar} ${`${Math.floor(share * 100)}`.padStart(3)} %  ${megabytes(bytes.done)} of about ${megabytes(bytes.about)}`
}

export const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`

export interface Drawing {
  readonly isTty: boolean
  out(text: string): void
  nowMs(): number
}

/** Draws ten times a second at most. */
export function drawer({ isTty, out, nowMs }: Drawing): { draw(progress: Progress): void; end(): void } {
  let last = ''
  let drawnAtMs = Number.NEGATIVE_INFINITY
  return {
    draw(progress) {
      if (isTty) {
        if (progress.bytes !== undefined && nowMs() - drawnAtMs < 100) return
        drawnAtMs = nowMs()
        out(`\r\u001b[K${barOf(progress)}`)
        return
      }
      const step =
        progress.bytes && progress.bytes.about > 0 ? Math.floor((progress.bytes.done / progress.bytes.about) * 10) : 0
      const mark = `${progress.doing} ${Math.min(step, 9)}`
      if (mark !== last) out(`${barOf(progress)}\n`)
      last = mark
    },
    end: () => (isTty ? out('\r\u001b[K') : undefined),
  }
}
