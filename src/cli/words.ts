/** Turning values into text of a given width. */

/** A span for people: `0.3 s`, `42 s`, `12 min`, `3 h 12 min`, `3 d 4 h`. */
export function span(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < 9.95) return `${s.toFixed(1)} s`
  if (s < 59.5) return `${Math.round(s)} s`
  const minutes = Math.round(s / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const rest = hours % 24
  return rest === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${rest} h`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** Text from elsewhere cannot move the cursor: control characters and runs of white space become one space. */
export function clean(text: string): string {
  return text.replace(/[\u0000-\u0020\u007f-\u009f]+/g, ' ').trim()
}

/** Breaks between words into lines of at most `width`, the first of `first`; a longer word is cut. No text, no line. */
export function wrap(text: string, width: number, first: number = width): string[] {
  const lines: string[] = []
  let line = ''
  const room = (): number => (lines.length === 0 ? first : width)
  for (const word of clean(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= room()) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (line.length > room()) {
      const most = room()
      lines.push(line.slice(0, most))
      line = line.slice(most)
    }
  }
  return line === '' ? lines : [...lines, line]
}

/** At most that many lines; what is missing is marked. */
export function clip(lines: readonly string[], most: number, width: number): readonly string[] {
  if (lines.length <= most) return lines
  const last = lines[most - 1] ?? ''
  return [...lines.slice(0, most - 1), `${last.slice(0, width - 4)} ...`]
}
