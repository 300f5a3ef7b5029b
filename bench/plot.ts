/** Curves in plain text, and text that a program keeps up to date in a page that people write. */

export interface Curve {
  /** One character, which stands for its points. */
  readonly mark: string
  readonly label: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PlotOptions {
  readonly xLabel: string
  /** In characters. */
  readonly width?: number
  readonly height?: number
  /** A horizontal line, so that a limit can be seen even if nothing comes near it. */
  readonly limit?: { readonly y: number; readonly label: string }
}

/** Both axes begin at 0 and are linear. Points that fall on one place show the mark of the last curve. */
export function plot(
  curves: readonly Curve[],
  { xLabel, width = 64, height = 14, limit }: PlotOptions,
): readonly string[] {
  const all = curves.flatMap(({ points }) => points)
  const mostX = Math.max(...all.map(([x]) => x))
  const mostY = Math.max(...all.map(([, y]) => y), limit?.y ?? 0)
  const column = (x: number): number => Math.round((x / mostX) * (width - 1))
  const row = (y: number): number => height - 1 - Math.round((y / mostY) * (height - 1))
  const field = Array.from({ length: height }, () => Array<string>(width).fill(' '))
  if (limit) field[row(limit.y)] = Array.from({ length: width }, (_, i) => (i % 2 === 0 ? '-' : ' '))
  for (const { mark, points } of curves) for (const [x, y] of points) field[row(y)]![column(x)] = mark
  const named = new Map([0, height - 1].map(at => [at, String(round((mostY * (height - 1 - at)) / (height - 1)))]))
  if (limit) named.set(row(limit.y), String(limit.y))
  const margin = Math.max(...[...named.values()].map(({ length }) => length))
  const axis = Array<string>(width + 3).fill(' ')
  for (const x of new Set(all.map(([at]) => at))) write(axis, column(x), String(x))
  return [
    ...field.map((line, i) => `${(named.get(i) ?? '').padStart(margin)} |${line.join('').trimEnd()}`),
    `${' '.repeat(margin)} +${'-'.repeat(width)}`,
    `${' '.repeat(margin)}  ${axis.join('').trimEnd()}  ${xLabel}`,
    ...curves.map(({ mark, label }) => `${' '.repeat(margin)}  ${mark}  ${label}`),
    ...(limit ? [`${' '.repeat(margin)}  -  ${limit.label}`] : []),
  ]
}

function write(line: string[], at: number, text: string): void {
  for (const [i, letter] of [...text].entries()) line[at + i] = letter
}

const round = (value: number): number => Number(value.toPrecision(3))

/** The page with what stands between `<!-- name -->` and `<!-- end of name -->` replaced. Throws when it has no such lines. */
export function replaceMarked(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no lines "${begin.trim()}" and "${end}" around the figures`)
  return `${page.slice(0, from + begin.length)}\n${text.trim()}\n\n${page.slice(to)}`
}
