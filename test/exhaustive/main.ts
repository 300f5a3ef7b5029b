/** What `scripts/exhaustive.mjs` runs, bundled into one file. */
import { type Found, type Progress, search, tellStory } from './search.ts'
import { settings } from './setting.ts'

export interface Result extends Progress {
  readonly name: string
  readonly whole: boolean
  readonly text: string | undefined
  readonly story: string | undefined
}

export const searches = settings.map(({ name, share }) => ({ name, share }))

/** Searches one setting, by name. */
export function searchFor(
  name: string,
  mostStates: number,
  calmEvery: number,
  tell?: (progress: Progress) => void,
): Result {
  const setting = settings.find(one => one.name === name)!
  const { broken, ...found }: Found = search({ setting, mostStates, calmEvery, ...(tell && { tell }) })
  return { ...found, name, text: broken?.text, story: broken && tellStory(setting, broken) }
}
