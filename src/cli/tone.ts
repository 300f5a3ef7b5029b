/** How a piece of text is meant, and what that looks like on a terminal. */
import { createColors } from 'picocolors'

export type Tone = 'plain' | 'dim' | 'good' | 'warn' | 'bad'

export interface Toned {
  readonly text: string
  readonly tone: Tone
}

export function painter(color: boolean): (piece: Toned) => string {
  const c = createColors(color)
  const brushes: Readonly<Record<Tone, (text: string) => string>> = {
    plain: text => text,
    dim: text => c.dim(text),
    good: text => c.green(text),
    warn: text => c.yellow(text),
    bad: text => c.bold(c.red(text)),
  }
  return ({ text, tone }) => brushes[tone](text)
}
