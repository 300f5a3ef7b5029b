import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Lately } from '../../src/membership/claims.ts'
import { codebook } from '../../src/membership/codebook.ts'
import type { Datagram, Echo } from '../../src/membership/datagram.ts'
import { decode, encode, keyIdOf, longestBytes, shortestBytes, tagBytes } from '../../src/membership/packet.ts'
import { type Claim, claimStates, type GroupName, type NodeId, type Report, reasons } from '../../src/types.ts'

function hash(text: string): number {
  let sum = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) sum = Math.imul(sum ^ byte, 0x01000193)
  return sum >>> 0
}

const alice = 'alice' as NodeId
const bob = 'bob' as NodeId
const web = 'IPaddr2::10.0.0.9/24/eth0' as GroupName
const book = codebook('tandem', [bob, alice], [web], hash)

const report: Report = {
  standby: false,
  leaving: true,
  left: false,
  unwritable: true,
  configDigest: 0xfedcba98,
  groupsDigest: 7,
  dead: new Set([bob]),
  pings: 2,
  claims: new Map([
    [
      web,
      {
        assignment: { owner: bob, epoch: { counter: 300, minter: alice }, by: 'operator', because: 'takeover' },
        state: 'running',
        failed: true,
        dark: true,
        newest: false,
        unready: false,
        outdated: false,
        halts: 0,
      },
    ],
  ]),
}
const sample: Datagram = {
  version: 1,
  reads: 1,
  from: alice,
  gen: 5,
  boot: '00112233445566778899aabbccddeeff',
  seq: 258,
  managerAgeMs: 40,
  realtime: true,
  echoes: [{ peer: bob, boot: 'ffeeddccbbaa9988', seq: 200, ageMs: 17, counted: true, knownGen: undefined }],
  report,
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('the bytes of a heartbeat', () => {
  test('a vector: what a release wrote must be read by the next one', () => {
    const parts = [
      '54444d11', // TDM, reads version 1, is version 1
      hash('tandem').toString(16).padStart(8, '0'),
      '03', // key id
      hash('alice').toString(16).padStart(8, '0'),
      '000000000005', // gen
      '00112233445566778899aabbccddeeff', // boot
      '0000000000000102', // seq
      '0028', // age of the manager
      '01', // real-time
      hash('alice\nbob').toString(16).padStart(8, '0'),
      '01', // one echo
      '11ffeeddccbbaa9988c8010011', // bob, counted; boot; seq 200; age 17
      '0afedcba980000000700020201', // leaving, unwritable; digests; bob is dead; two ping nodes; one claim
      hash(web).toString(16).padStart(8, '0'),
      '10ac023a04', // owner bob, minted by alice; counter 300; running, failed, operator, dark; takeover
    ]
    expect(hex(encode(book, 3, sample))).toBe(parts.join(''))
    expect(decode(book, Buffer.from(parts.join(''), 'hex'))).toEqual(sample)
    expect(keyIdOf(Buffer.from(parts.join(''), 'hex'))).toBe(3)
    const halted = new Map([[web, { ...report.claims.get(web)!, unready: true, outdated: true, halts: 300 }]])
    const stopped = parts.join('').replace('10ac023a04', '10ac023ae4ac02') // outdated, unready; stopped or started 300 times
    expect(hex(encode(book, 3, { ...sample, report: { ...report, claims: halted } }))).toBe(stopped)
    const asLastMan = new Map([[web, { ...report.claims.get(web)!, newest: true }]])
    const marked = parts.join('').replace('10ac023a04', '10ac02ba04')
    expect(hex(encode(book, 3, { ...sample, report: { ...report, claims: asLastMan } }))).toBe(marked)
  })

  test.each([
    ['1400 bytes with the tag', 0, 1400],
    ['what is looked at, even if operators have stopped each of them', 500, longestBytes],
  ])('16 nodes and 100 groups fit into %s', (_what, halts, most) => {
    const nodes = Array.from({ length: 16 }, (_, index) => `node-${index}.example.org` as NodeId)
    const groups = Array.from({ length: 100 }, (_, index) => `IPaddr2::10.0.${index}.1/24/eth0` as GroupName)
    const full = codebook('tandem', nodes, groups, hash)
    const claim = (index: number): Claim => ({
      assignment: {
        owner: nodes[index % 16]!,
        epoch: { counter: 2_000_000 + index, minter: nodes[15]! },
        by: 'operator',
        because: 'failback-order',
      },
      state: 'blocked',
      failed: true,
      dark: true,
      newest: false,
      unready: true,
      outdated: true,
      halts,
    })
    const datagram: Datagram = {
      ...sample,
      from: nodes[0]!,
      gen: 2 ** 48 - 1,
      seq: Number.MAX_SAFE_INTEGER,
      managerAgeMs: 65_535,
      echoes: nodes.slice(1).map(peer => ({
        peer,
        boot: 'ffffffffffffffff',
        seq: 2 ** 42 - 1,
        ageMs: 65_535,
        counted: true,
        knownGen: undefined,
      })),
      report: {
        ...report,
        dead: new Set(nodes.slice(1)),
        truce: {
          epoch: { counter: 9_999, minter: nodes[15]! },
          disarmedEndMs: 86_400_000,
          maintainedEndMs: 86_400_000,
          groups,
        },
        claims: new Map(groups.map((group, index) => [group, claim(index)])),
      },
    }
    const bytes = encode(full, 255, datagram)
    expect(bytes.length + tagBytes).toBeLessThanOrEqual(most)
    expect(decode(full, bytes)).toEqual(datagram)
  })

  test('what is suspended takes no bytes where nothing ever was, and a group that is not in our files is left out', () => {
    const truce = { epoch: { counter: 1, minter: bob }, disarmedEndMs: 60_000, maintainedEndMs: 0, groups: [web] }
    const bytes = encode(book, 1, { ...sample, report: { ...report, truce } })
    expect(bytes.length - encode(book, 1, sample).length).toBe(1 + 1 + 3 + 1)
    expect(decode(book, bytes)).toHaveProperty('report.truce', truce)
    const foreign = encode(codebook('tandem', [bob, alice], [], hash), 1, { ...sample, report: { ...report, truce } })
    expect(decode(book, foreign)).toHaveProperty('report.truce.groups', [])
  })

  test('the shortest one is as short as `shortestBytes` says', () => {
    const bare = encode(book, 1, { ...sample, echoes: [], report: { ...report, claims: new Map() } })
    expect(bare.length + tagBytes).toBe(shortestBytes)
  })

  test('lists in another order are the same book', () => {
    expect(decode(codebook('tandem', [alice, bob], [web], hash), encode(book, 1, sample))).toEqual(sample)
  })

  test('names with the same hash get different numbers, the same on every node', () => {
    const groups = ['a', 'b', 'c'] as GroupName[]
    const clash = (text: string) => text.length
    const one = codebook('x', [alice], groups, clash)
    const other = codebook('x', [alice], [...groups].reverse(), clash)
    expect(new Set(one.groupHash.values()).size).toBe(3)
    expect([...one.groupOfHash]).toEqual([...other.groupOfHash])
  })

  test('the dead are a mask by index: one that left the list is left out', () => {
    const gone = { ...sample, report: { ...report, dead: new Set([alice, 'carol' as NodeId]) } }
    expect(decode(book, encode(book, 1, gone))).toHaveProperty('report.dead', new Set([alice]))
  })

  test('claims on groups that left the files are left out', () => {
    const later = codebook('tandem', [alice, bob], [], hash)
    const read = decode(later, encode(later, 1, sample))
    expect(read).toMatchObject({ report: { claims: new Map() } })
  })
})

describe('what is refused', () => {
  const bytes = encode(book, 1, sample)
  const deadAt = bytes.length - 13
  const with_ = (at: number, ...values: number[]) => {
    const copy = bytes.slice()
    copy.set(values, at)
    return copy
  }

  test('every place of the header', () => {
    expect(decode(book, with_(0, 0))).toEqual({ refused: 'not-tandem' })
    expect(decode(book, with_(3, 0x10))).toEqual({ refused: 'version' })
    expect(decode(book, with_(3, 0x22))).toEqual({ refused: 'next-version' })
    expect(decode(book, with_(3, 0x33))).toEqual({ refused: 'version' })
    expect(decode(book, with_(3, 0x21))).toEqual({ ...sample, reads: 2 })
    expect(decode(book, with_(4, 0, 0, 0, 0))).toEqual({ refused: 'wrong-cluster' })
    expect(decode(book, with_(9, 0, 0, 0, 0))).toEqual({ refused: 'unknown-node' })
    expect(decode(book, with_(35, 0xff))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(45, 2))).toEqual({ refused: 'malformed' })
  })

  test('an index beyond the node list, a state that does not exist, a needlessly long number', () => {
    expect(decode(book, with_(51, 0x12))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(deadAt, 0x00, 0x04))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(deadAt, 0x80, 0x00))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(bytes.length - 2, 0x1f))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(bytes.length - 4, 0x80, 0x00))).toEqual({ refused: 'malformed' })
    expect(decode(book, with_(bytes.length - 5, 0x12))).toEqual({ refused: 'malformed' })
  })

  test('each shorter version, and a longer one', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decode(book, bytes.subarray(0, length))).toHaveProperty('refused')
    }
    expect(decode(book, Uint8Array.of(...bytes, 0))).toEqual({ refused: 'malformed' })
  })

  test('a reason of a newer version is no fault', () => {
    expect(decode(book, with_(bytes.length - 1, 31))).not.toHaveProperty('refused')
  })

  test('a reason that only a newer manager knows is written as one that nobody knows', () => {
    const claim = report.claims.get(web)!
    const because = 'full-moon' as Claim['assignment']['because']
    const claims = new Map([[web, { ...claim, assignment: { ...claim.assignment, because } }]])
    const read = decode(book, encode(book, 3, { ...sample, report: { ...report, claims } }))
    expect(read).toMatchObject({ report: { claims: new Map([[web, { assignment: { because: 'adopted' } }]]) } })
  })

  test('another node list: who it is and what it echoes is read, its claims are not', () => {
    const three = codebook('tandem', [alice, bob, 'carol' as NodeId], [web], hash)
    expect(decode(three, bytes)).toEqual({
      ...sample,
      report: undefined,
      echoes: [{ ...sample.echoes[0], peer: undefined }],
    })
    expect(decode(three, bytes.subarray(0, bytes.length - 1))).toEqual({ refused: 'truncated' })
  })

  test('a node that is not in the lists cannot be encoded', () => {
    expect(() => encode(book, 1, { ...sample, from: 'eve' as NodeId })).toThrow('eve is not in the lists')
  })
})

const nodes = Array.from({ length: 16 }, (_, index) => `n${index}` as NodeId)
const groups = Array.from({ length: 20 }, (_, index) => `g${index}` as GroupName)
const big = codebook('c', nodes, groups, hash)
const node = fc.constantFrom(...nodes)
const digest = fc.nat(0xffffffff)
const hexBytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map(bytes => Buffer.from(bytes).toString('hex'))
const gen = fc.maxSafeNat().map(value => value % 2 ** 48)
const echo: fc.Arbitrary<Echo> = fc.record({
  peer: node,
  boot: hexBytes(8),
  seq: fc.maxSafeNat(),
  ageMs: fc.nat(65_535),
  counted: fc.boolean(),
  knownGen: fc.option(gen, { nil: undefined }),
})
const claim: fc.Arbitrary<Claim> = fc.record({
  assignment: fc.record({
    owner: node,
    epoch: fc.record({ counter: fc.maxSafeNat(), minter: node }),
    by: fc.constantFrom('policy' as const, 'operator' as const),
    because: fc.constantFrom(...reasons),
  }),
  state: fc.constantFrom(...claimStates),
  failed: fc.boolean(),
  dark: fc.boolean(),
  newest: fc.boolean(),
  unready: fc.boolean(),
  outdated: fc.boolean(),
  halts: fc.nat(1_000_000),
})
const datagrams: fc.Arbitrary<Datagram> = fc.record({
  version: fc.constant(1),
  reads: fc.integer({ min: 1, max: 15 }),
  from: node,
  gen,
  boot: hexBytes(16),
  seq: fc.maxSafeNat(),
  managerAgeMs: fc.nat(65_535),
  realtime: fc.boolean(),
  echoes: fc.array(echo, { maxLength: 15 }),
  report: fc
    .record({
      standby: fc.boolean(),
      leaving: fc.boolean(),
      left: fc.boolean(),
      unwritable: fc.boolean(),
      configDigest: digest,
      groupsDigest: digest,
      pings: fc.nat(255),
      dead: fc.subarray(nodes).map(some => new Set(some)),
      suspended: fc.option(
        fc.record({
          epoch: fc.record({ counter: fc.maxSafeNat(), minter: fc.constantFrom(...nodes) }),
          disarmedEndMs: fc.maxSafeNat(),
          maintainedEndMs: fc.maxSafeNat(),
        }),
      ),
      claims: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...groups), claim), { selector: ([name]) => name })
        .map(all => new Map(all)),
      maintained: fc.nat(3),
    })
    // Groups in maintenance are marked at their claims.
    .map(({ suspended, maintained, ...rest }) =>
      suspended === null
        ? rest
        : { ...rest, truce: { ...suspended, groups: [...rest.claims.keys()].slice(0, maintained) } },
    ),
})

describe('whatever the bytes', () => {
  property.prop([datagrams])('what is written is read', datagram => {
    expect(decode(big, encode(big, 9, datagram))).toEqual(datagram)
  })

  property.prop(
    [
      fc.array(
        fc.tuple(
          datagrams,
          fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { maxLength: 2 }),
          fc.constantFrom('again', 'cut', 'longer'),
        ),
        { maxLength: 6 },
      ),
    ],
    { numRuns: 300 },
  )('what was claimed before is read as if for the first time', rounds => {
    const lately: Lately = new Map()
    for (const [datagram, changes, how] of rounds) {
      const bytes = encode(big, 9, datagram)
      const changed = how === 'cut' ? bytes.slice(0, -1) : how === 'longer' ? Uint8Array.of(...bytes, 0) : bytes.slice()
      for (const [at, value] of changes) if (at < changed.length) changed[at] = value
      for (const one of [bytes, changed, bytes]) expect(decode(big, one, lately)).toEqual(decode(big, one))
    }
  })

  property.prop([datagrams])('the same claims again are the same object', datagram => {
    const lately: Lately = new Map()
    const read = (): Datagram => decode(big, encode(big, 9, datagram), lately) as Datagram
    expect(read().report!.claims).toBe(read().report!.claims)
  })

  property.prop([fc.uint8Array({ maxLength: 1500 })], { numRuns: 2000 })('random bytes are refused', bytes => {
    expect(decode(big, bytes)).toHaveProperty('refused')
  })

  property.prop([datagrams, fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { maxLength: 8 }), fc.nat(1500)], {
    numRuns: 2000,
  })(
    'changed and cut bytes give a value or a refusal; a value is written as the same bytes',
    (datagram, changes, cut) => {
      const bytes = encode(big, 9, datagram).slice(0, Math.max(60, cut))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      const read = decode(big, bytes)
      if ('refused' in read || read.report === undefined) return
      const keyId = keyIdOf(bytes)!
      expect(decode(big, encode(big, keyId, read))).toEqual(read)
    },
  )
})
