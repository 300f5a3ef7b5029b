import { describe, expect, test } from 'vitest'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import { nobodyHeard } from '../../src/daemon/silence.ts'
import type { LinkName } from '../../src/types.ts'
import { beta, pair } from '../cluster/config.ts'

const ears = { listening: ['bcast eth0 (10.0.0.255:694)'], refused: { 'wrong-key': 4 }, device: 'eth0', port: 694 }
const fresh = (): Cluster => boot(pair, nothingSaved, 0)

describe('a node that hears nobody', () => {
  test('says after three keepalives where it listens, what came, and what to type', () => {
    expect(nobodyHeard(fresh(), 3_000, ears)).toBeUndefined()
    const { text, fix } = nobodyHeard(fresh(), 3_001, ears)!
    expect(text).toBe(
      'no heartbeat of beta arrives here; listening on bcast eth0 (10.0.0.255:694); refused so far: 4 wrong-key',
    )
    expect(fix).toContain('tcpdump -ni eth0 udp port 694')
  })

  test('says nothing once a peer has been heard: a death is no deafness', () => {
    const heard = {
      from: beta,
      gen: 1,
      boot: 'b',
      seq: 1,
      atMs: 10,
      link: 'bcast eth0' as LinkName,
      echoedSentAtMs: 5,
      managerAgeMs: 0,
      realtime: false,
      report: undefined,
    }
    const [core] = step(fresh(), { type: 'heard', heard }, 10)
    expect(nobodyHeard(core, 60_000, ears)).toBeUndefined()
  })

  test('says so when nothing at all came, and when no link is open', () => {
    expect(nobodyHeard(fresh(), 9_000, { ...ears, refused: {} })!.text).toContain('nothing at all arrived')
    expect(nobodyHeard(fresh(), 9_000, { ...ears, listening: [] })!.text).toContain('no link is open')
  })
})
