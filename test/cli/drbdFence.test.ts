import { describe, expect, test } from 'vitest'
import { fenceAnswer, peerIn } from '../../src/cli/fenceAnswer.ts'
import type { NodeStatus, Status } from '../../src/daemon/protocol.ts'
import { type } from './fake.ts'

const node = (more: Partial<NodeStatus>): NodeStatus => ({
  name: 'beta.example.com',
  state: 'up',
  here: false,
  standby: false,
  leaving: false,
  links: [],
  ...more,
})
const status = (beta: Partial<NodeStatus>, codes: readonly string[] = []): Status =>
  ({
    nodes: [node({ name: 'alpha', here: true }), node(beta)],
    groups: [
      { name: 'web', outdatedOn: ['beta.example.com'] },
      { name: 'db', outdatedOn: [] },
    ],
    drbd: [
      { resource: 'r0', group: 'db' },
      { resource: 'r1', group: 'web' },
    ],
    problems: codes.map(code => ({ level: 'error', code, text: code })),
  }) as unknown as Status
const dead = (death: NodeStatus['death']): Partial<NodeStatus> => ({ state: 'dead', ...(death && { death }) })

describe('what DRBD is answered', () => {
  test.each([
    ['dead', dead('believed'), 5],
    ['shut down in good order', dead('left'), 5],
    ['fenced', dead('fenced'), 7],
  ])('%s: at once', (_what, beta, code) =>
    expect(fenceAnswer(status(beta), 'beta', 'r0', 30_000)).toMatchObject({ code }),
  )

  test.each([
    ['silent, and may live', dead('doubted'), [], 1],
    ['alive', {}, [], 6],
    ['late', { state: 'late' }, [], 6],
    ['not heard yet', { state: 'unseen' }, [], 1],
    ['sick', { state: 'sick' }, [], 1],
    // Whoever is cut off believes all others dead.
    ['dead, but this node is cut off', dead('believed'), ['ISOLATED'], 1],
  ] as const)('%s: only when that lasts', (_what, beta, codes, later) =>
    expect(fenceAnswer(status(beta, codes), 'beta.example.com', 'r0', 30_000)).toMatchObject({ later }),
  )

  test.each([
    ['outdated, by a word that came after the question', 'r1', 0.2, 1_300, { code: 4 }],
    ['outdated, by a word that is from before it, or too soon after it', 'r1', 0.4, 1_300, { later: 6 }],
    ['said of another resource', 'r0', 0.2, 30_000, { later: 6 }],
    ['of a resource that no group has', 'r7', 0.2, 30_000, { later: 6 }],
  ] as const)('alive, %s', (_what, resource, managerAgeS, waitedMs, answer) =>
    expect(fenceAnswer(status({ managerAgeS }), 'beta', resource, waitedMs)).toMatchObject(answer),
  )

  test('outdated, by its last word before it died: dead is all that is known', () =>
    expect(fenceAnswer(status({ ...dead('doubted'), managerAgeS: 20 }), 'beta', 'r1', 30_000)).toMatchObject({
      later: 1,
    }))

  test('a host that the cluster does not know is nobody to tell of', () => {
    expect(fenceAnswer(status(dead('believed')), 'gamma', 'r0', 30_000)).toMatchObject({ code: 1 })
    expect(fenceAnswer(status(dead('believed')), 'alpha', 'r0', 30_000)).toMatchObject({ code: 1 })
  })

  test('two nodes of that short name are none', () => {
    const both = status(dead('believed'))
    const twice = { ...both, nodes: [...both.nodes, node({ name: 'beta.example.org', ...dead('believed') })] }
    expect(fenceAnswer(twice, 'beta', 'r0', 30_000)).toMatchObject({ code: 1 })
    expect(fenceAnswer(twice, 'beta.example.org', 'r0', 30_000)).toMatchObject({ code: 5 })
  })
})

test('whom DRBD means', () => {
  expect(peerIn({ DRBD_PEER: 'beta', DRBD_PEERS: 'beta' })).toBe('beta') // 8.4
  expect(peerIn({ DRBD_PEERS: 'beta' })).toBe('beta')
  expect(peerIn({ DRBD_PEERS: 'beta gamma' })).toBeUndefined()
  expect(peerIn({ DRBD_PEER_NODE_ID: '2', DRBD_NODE_ID_1: 'beta', DRBD_NODE_ID_2: 'gamma' })).toBe('gamma') // 9
  expect(peerIn({})).toBeUndefined()
})

describe('the program', () => {
  async function called(words: readonly string[], env: Record<string, string> = {}) {
    const { code, out, err } = await type(['/usr/bin/tandem-drbd-fence', ...words], { env })
    return { code, said: out + err }
  }

  test('without a daemon nothing can be told, and DRBD stays on the safe side', async () => {
    const { code, said } = await called(['-t', '0.3', '--run-dir', '/nonexistent/run'], {
      DRBD_PEER: 'beta',
      DRBD_RESOURCE: 'r0',
    })
    expect(code).toBe(1)
    expect(said).toMatch(/r0: tandemd cannot be asked: .*; answered 1/)
  })

  test('called by hand it says how', async () => {
    for (const words of [[], ['-p', 'beta'], ['-t', 'long', '-p', 'b', '-r', 'r0'], ['--nonsense']]) {
      const { code, said } = await called(words)
      expect(code).toBe(1)
      expect(said).toContain('fence-peer "/usr/bin/tandem-drbd-fence"')
    }
  })
})
