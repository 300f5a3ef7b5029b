import * as promises from 'node:fs/promises'
import { dirname } from 'node:path'

type Files = Pick<typeof promises, 'open' | 'rename' | 'rm'>

/**
 * Writes a file that only root may read, with an fsync of it before the rename and of its folder after it: whatever
 * happens, either the old content or the new is there.
 *
 * @param next where the new content is put together, in the same folder. Rejects with the reason when it is not on disk.
 */
export async function writeDurably(
  path: string,
  text: string,
  next = `${path}.new`,
  files: Files = promises,
): Promise<void> {
  try {
    await writeAndSync(files, next, text)
    await files.rename(next, path)
  } catch (error) {
    await files.rm(next, { force: true }).catch(() => undefined) // a full disk wants no more of them
    throw error
  }
  const folder = await files.open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

async function writeAndSync(files: Files, path: string, text: string): Promise<void> {
  const file = await files.open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
