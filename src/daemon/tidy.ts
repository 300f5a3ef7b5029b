/** Collects garbage once a minute, when nothing is going on: a heap that is hardly used is otherwise let grow for hours. */

const everyMs = 60_000

/** Needs `--expose-gc`, as bin/tandemd gives it; without it nothing happens. Returns how to stop. */
export function keepTidy(isQuiet: () => boolean): () => void {
  const timer = setInterval(() => {
    if (isQuiet()) globalThis.gc?.()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
