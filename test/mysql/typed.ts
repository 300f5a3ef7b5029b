/** A command typed on a host of the laboratory: it reaches what that host reaches. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnIn } from '../../bench/host.ts'
import { ended, type NodeLab, type TestNode } from '../integration/nodeLab.ts'

let count = 0

/** Its exit code, and what it said on both channels; `tandem` of this tree, with the folders of that node. */
export async function typed(lab: NodeLab, node: TestNode, ...words: string[]): Promise<{ code: number; out: string }> {
  count += 1
  const log = `typed-${count}.log`
  const readsFiles = words[0] === 'switchover' || words[0] === 'mysql'
  const folders = readsFiles ? ['--config-dir', node.configDir, '--state-dir', node.stateDir] : []
  const argv = [process.execPath, join(lab.dist, 'tandem.cjs'), '--run-dir', node.runDir, ...words, ...folders]
  const code = await ended(spawnIn(node.host, argv, log))
  const path = join(node.host.dir, log)
  const out = readFileSync(path, 'utf8').trim()
  rmSync(path)
  return { code: code ?? -1, out }
}
