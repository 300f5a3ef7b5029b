/** The process of the peers, as the bench sees it. */
import { build } from 'esbuild'
import type { Lab } from '../lab.ts'
import { endInput, inNetwork, startReady } from '../place.ts'
import type { PeersOrder, PeersPlan, PeersReport } from './orders.ts'

export interface Peers {
  readonly pid: number
  tell(order: PeersOrder): Promise<PeersReport>
  close(): Promise<void>
}

/** Compiled by V8 as usual, unlike the real beat: whoever plays fifteen nodes has to be fast. */
export async function startPeers(root: string, lab: Lab, plan: PeersPlan): Promise<Peers> {
  const program = `${root}/dist/bench/peers.mjs`
  await build({
    entryPoints: [`${root}/bench/peers/main.ts`],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  if (!lab.guests) throw new Error('the laboratory has no network for guests')
  const argv = [process.execPath, program, JSON.stringify(plan)]
  const started = await startReady(inNetwork(lab.guests, argv))
  const waiting: ((report: PeersReport) => void)[] = []
  started.lines.on('line', line => waiting.shift()?.(JSON.parse(line) as PeersReport))
  return {
    pid: started.process.pid ?? 0,
    tell: order =>
      new Promise((resolve, reject) => {
        const { exitCode } = started.process
        if (exitCode !== null) return reject(new Error(`the process of the peers has ended with ${exitCode}`))
        const limit = setTimeout(() => reject(new Error('the process of the peers does not answer')), 10_000)
        waiting.push(report => {
          clearTimeout(limit)
          resolve(report)
        })
        started.process.stdin?.write(`${JSON.stringify(order)}\n`)
      }),
    close: () => endInput(started.process),
  }
}
