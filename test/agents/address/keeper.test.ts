import { beforeEach, describe, expect, test } from 'vitest'
import { type AddressReport, addressKeeper } from '../../../src/agents/address/keeper.ts'
import type { Wanted } from '../../../src/agents/address/wanted.ts'
import { longLived } from '../../../src/agents/longLived.ts'
import { type FakeChildren, type FakeClock, fakeChildren, fakeClock } from '../fakes.ts'
import { fakeKernel } from './fakeKernel.ts'

let clock: FakeClock
let kernel: ReturnType<typeof fakeKernel>
let ip: FakeChildren
let keeper: ReturnType<typeof addressKeeper>
let reports: AddressReport[]
let announced: string[][]
let greeted: string[]
let sysctls: Map<string, string>

const nine: Wanted = { family: 4, address: '10.9.0.9', prefix: 24, device: 'eth0' }
const ten: Wanted = { family: 4, address: '10.9.0.10', prefix: 24, device: 'eth0' }

function open(leaseSeconds: number): void {
  clock = fakeClock()
  kernel = fakeKernel(clock)
  ip = fakeChildren((text, events) => kernel.respond(text, events))
  reports = []
  announced = []
  greeted = []
  sysctls = new Map([['ipv4/conf/eth0/promote_secondaries', '0\n']])
  const silent = fakeChildren(() => {})
  keeper = addressKeeper({
    clock,
    leaseSeconds,
    ip: longLived({ file: 'ip', args: [], clock, spawnChild: ip.spawn }),
    monitor: longLived({ file: 'ip', args: ['monitor'], clock, spawnChild: silent.spawn }),
    announcer: () => ({
      announce: addresses => void (addresses.length > 0 && announced.push([...addresses])),
      greet: addresses => void greeted.push(...addresses),
      keep: () => {},
      forget: () => {},
      close: () => {},
    }),
    sysctl: { read: path => sysctls.get(path), write: (path, value) => void sysctls.set(path, value) },
    report: report => void reports.push(report),
  })
}
beforeEach(() => open(3))

/** The promise, after as much time as it needs. */
async function soon<T>(promise: Promise<T>, delayMs = 1_000): Promise<T> {
  const [value] = await Promise.all([promise, clock.advance(delayMs)])
  return value
}
const inMs = (delayMs: number): number => clock.nowMs() + delayMs
const types = (): string[] => reports.map(({ type }) => type)
const writes = (pattern: RegExp): string[] => ip.written.filter(text => pattern.test(text))

describe('the lease', () => {
  test.each([
    [60_000, 3],
    [2_999, 2],
    [1_000, 1],
  ])('held until %i ms from now: %i s', async (holdMs, seconds) => {
    expect(await soon(keeper.add([nine], inMs(holdMs)), 0)).toEqual({ ok: true })
    expect(writes(/replace/)).toEqual([expect.stringContaining(`valid_lft ${seconds} preferred_lft ${seconds}\n`)])
    expect(keeper.remaining('10.9.0.9')).toBe(seconds)
  })

  test('under a second, nothing is added', async () => {
    expect(await soon(keeper.add([nine], inMs(999)))).toMatchObject({
      ok: false,
      why: expect.stringContaining('less than a second'),
    })
    expect(writes(/replace/)).toEqual([])
  })

  test('under a second, nothing is renewed', async () => {
    await soon(keeper.add([nine], inMs(3_000)), 0)
    await soon(keeper.renew(inMs(3_000)), 2_500)
    expect(writes(/replace/)).toHaveLength(2)
    await soon(keeper.renew(inMs(999)), 0)
    expect(writes(/replace/)).toHaveLength(2)
  })

  test('none where the timing leaves no room, or nobody says until when', async () => {
    await soon(keeper.add([nine], undefined), 0)
    expect(kernel.entries[0]?.expiresMs).toBeUndefined()
    open(0)
    await soon(keeper.add([nine], inMs(60_000)), 0)
    await soon(keeper.renew(inMs(60_000)), 0)
    expect(kernel.entries[0]?.expiresMs).toBeUndefined()
    expect(writes(/replace/)).toHaveLength(1)
  })

  test('a renewal covers every address in one batch, and two at once are one', async () => {
    await soon(keeper.add([nine, ten], inMs(60_000)), 1_000)
    const renewals = [keeper.renew(inMs(60_000)), keeper.renew(inMs(60_000))]
    await soon(Promise.all(renewals), 0)
    expect(writes(/replace/)).toHaveLength(2)
    expect(ip.written.at(-1)).toMatch(
      /10\.9\.0\.9\/32.*\n.*10\.9\.0\.10\/32.*\naddr show dev eth0\naddr show dev lo\n$/,
    )
    expect(keeper.remaining('10.9.0.10')).toBe(3)
  })

  test('some addresses may be held longer than the others', async () => {
    await soon(keeper.add([nine, ten], inMs(60_000)), 0)
    const longer = { untilMs: inMs(60_000), covers: (address: string) => address === ten.address }
    await soon(
      keeper.renew(inMs(2_500), () => true, longer),
      0,
    )
    expect(ip.written.at(-1)).toMatch(/10\.9\.0\.9\/.* valid_lft 2 .*\n.*10\.9\.0\.10\/.* valid_lft 3 /)
    await soon(
      keeper.renew(inMs(500), () => true, longer),
      0,
    )
    expect(ip.written.at(-1)).not.toContain('replace 10.9.0.9/')
    expect(ip.written.at(-1)).toContain('10.9.0.10/')
    const batches = ip.written.length
    await soon(keeper.renew(inMs(500)), 0)
    expect(ip.written.length).toBe(batches)
  })

  test('a renewal never re-creates what has expired unseen, unless it may', async () => {
    await soon(keeper.add([nine], inMs(3_000)), 3_500)
    expect(kernel.has('10.9.0.9')).toBe(false)
    await soon(keeper.renew(inMs(500)), 0)
    expect(types()).toEqual(['expired'])
    expect(kernel.has('10.9.0.9')).toBe(false)
    await soon(keeper.renew(inMs(5_000)), 0)
    expect(types()).toEqual(['expired', 'restored'])
    expect(announced).toEqual([['10.9.0.9'], ['10.9.0.9']])
  })

  test('what has expired stays away while its group may be elsewhere; its neighbours are renewed', async () => {
    await soon(keeper.add([nine, ten], inMs(3_000)), 3_500)
    await soon(
      keeper.renew(inMs(5_000), address => address === '10.9.0.10'),
      0,
    )
    expect(kernel.has('10.9.0.9')).toBe(false)
    expect(kernel.has('10.9.0.10')).toBe(true)
    await soon(
      keeper.renew(inMs(5_000), () => true),
      0,
    )
    expect(kernel.has('10.9.0.9')).toBe(true)
  })

  test('the latest word counts, also when it is the shorter one', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    await soon(keeper.renew(inMs(1_500)), 0)
    expect(keeper.remaining('10.9.0.9')).toBe(1)
    await soon(keeper.renew(inMs(-1)), 1_200)
    expect(kernel.has('10.9.0.9')).toBe(false)
  })
})

describe('an ip that does not answer', () => {
  test('is killed after 200 ms, and the next one looks before it renews', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    kernel.hangs = true
    const renewal = keeper.renew(inMs(60_000))
    await clock.advance(150)
    expect(ip.kills).toBe(0)
    await clock.advance(100)
    expect(ip.kills).toBe(1)
    await renewal
    kernel.hangs = false
    ip.written.length = 0
    await soon(keeper.renew(inMs(60_000)), 0)
    expect(ip.starts).toBe(2)
    expect(ip.written[0]).toBe('addr show\n')
    expect(ip.written[1]).toContain('addr replace 10.9.0.9/32')
  })

  test('while it hangs the address expires, and is not re-created by the renewal that comes too late', async () => {
    await soon(keeper.add([nine], inMs(3_000)), 0)
    kernel.hangs = true
    await soon(keeper.renew(inMs(3_000)), 3_100)
    kernel.hangs = false
    await soon(keeper.renew(inMs(0)), 0)
    expect(kernel.has('10.9.0.9')).toBe(false)
  })

  test('an add is tried once more with another, with the lease that is left then', async () => {
    kernel.mute = true
    const adding = keeper.add([nine], inMs(2_100))
    await clock.advance(150)
    kernel.mute = false
    expect(await soon(adding)).toEqual({ ok: true })
    expect(ip.starts).toBe(2)
    expect(writes(/replace/).at(-1)).toContain('valid_lft 1 ')
  })

  test('fails an add when the second one is silent too', async () => {
    kernel.hangs = true
    expect(await soon(keeper.add([nine], inMs(60_000)))).toEqual({
      ok: false,
      why: 'ip did not answer within 200 ms, killed',
    })
    expect(await soon(keeper.look([nine]))).toEqual([
      { status: 'unknown', why: 'ip did not answer within 200 ms, killed' },
    ])
  })
})

describe('what the system does', () => {
  const deleted = 'Deleted 2: eth0    inet 10.9.0.9/32 brd 10.9.0.255 scope global dynamic eth0'

  test('an address taken away comes back at once, announced', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    kernel.entries.length = 0
    keeper.monitorLine(deleted)
    await clock.advance(20)
    expect(types()).toEqual(['taken-away', 'restored'])
    expect(kernel.has('10.9.0.9')).toBe(true)
  })

  test('not past the instant until which it may be held', async () => {
    await soon(keeper.add([nine], inMs(2_500)), 1_600)
    kernel.entries.length = 0
    keeper.monitorLine(deleted)
    await clock.advance(20)
    expect(types()).toEqual(['taken-away'])
    expect(kernel.has('10.9.0.9')).toBe(false)
  })

  test('one held without a lease comes back too', async () => {
    open(0)
    await soon(keeper.add([nine], undefined), 0)
    kernel.entries.length = 0
    keeper.monitorLine(deleted)
    await clock.advance(20)
    expect(kernel.has('10.9.0.9')).toBe(true)
    expect(kernel.entries[0]?.expiresMs).toBeUndefined()
  })

  test('one that cannot be put back is lost, with the reason', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    kernel.entries.length = 0
    kernel.refused.add('10.9.0.9')
    keeper.monitorLine(deleted)
    await clock.advance(100)
    expect(reports.at(-1)).toMatchObject({ type: 'lost', text: expect.stringContaining('Permission denied') })
  })

  test('our own removal is no news, nor is any other address', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    await soon(keeper.remove([nine]), 0)
    await soon(keeper.add([nine], inMs(60_000)), 0) // before the event came
    announced.length = 0
    keeper.monitorLine(deleted)
    keeper.monitorLine('Deleted 2: eth0    inet 10.9.0.77/32 scope global eth0')
    keeper.monitorLine('2: eth0    inet 10.9.0.9/32 brd 10.9.0.255 scope global dynamic eth0')
    await clock.advance(100)
    expect(types()).toEqual([])
    expect(announced).toEqual([])
  })

  test('after events were missed it looks', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    kernel.entries.length = 0
    keeper.monitorEnded('ended with exit code 1')
    await clock.advance(20)
    expect(types()).toEqual(['note', 'taken-away', 'restored'])
  })

  test('a cable that is back in makes the addresses known again', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    announced.length = 0
    keeper.monitorLine('2: eth0: <NO-CARRIER,BROADCAST,UP> mtu 1500 qdisc noqueue state DOWN')
    keeper.monitorLine('2: eth0@if3: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP')
    await clock.advance(20)
    expect(announced).toEqual([['10.9.0.9']])
  })
})

describe('many that are being added', () => {
  const fifty = Array.from({ length: 50 }, (_, i): Wanted => ({ ...nine, address: `10.9.0.${100 + i}` }))
  const cameLine = (address: string, device = 'eth0'): string =>
    `2: ${device}    inet ${address}/32 scope global ${device}`
  /** The keeper is told of these while `ip` still works. */
  function meanwhile(...lines: readonly string[]): void {
    const respond = kernel.respond
    kernel.respond = (text, events) => {
      if (text.includes('addr replace')) for (const line of lines) keeper.monitorLine(line)
      respond(text, events)
    }
  }

  test('are greeted one by one as they come, and announced when all are there', async () => {
    meanwhile(cameLine('10.9.0.101'), cameLine('10.9.0.100'))
    expect(await soon(keeper.add(fifty, inMs(60_000)), 0)).toEqual({ ok: true })
    expect(greeted).toEqual(['10.9.0.101', '10.9.0.100'])
    expect(announced).toEqual([fifty.map(({ address }) => address)])
  })

  test('not others, nor elsewhere, nor who was here, nor later', async () => {
    await soon(keeper.add([{ ...nine, address: '10.9.0.120' }], inMs(60_000)), 0)
    meanwhile(cameLine('10.9.0.9'), cameLine('10.9.0.100', 'eth1'), cameLine('10.9.0.120'))
    await soon(keeper.add([...fifty, ten], inMs(60_000)), 0)
    keeper.monitorLine(cameLine('10.9.0.100'))
    expect(greeted).toEqual([])
  })

  test('few are all there before anything could be told', async () => {
    meanwhile(cameLine('10.9.0.100'))
    await soon(keeper.add(fifty.slice(0, 49), inMs(60_000)), 0)
    expect(greeted).toEqual([])
    expect(announced).toHaveLength(1)
  })
})

describe('adding and removing', () => {
  test('both in one batch; what was here has not moved', async () => {
    kernel.entries.push({ address: '10.9.0.9', prefix: 24, device: 'eth0', expiresMs: undefined })
    expect(await soon(keeper.add([nine, ten], inMs(60_000)), 0)).toEqual({ ok: true })
    expect(writes(/replace/)).toHaveLength(1)
    expect(announced).toEqual([['10.9.0.10']])
    expect(kernel.entries.map(({ prefix }) => prefix)).toEqual([24, 32])
    expect(sysctls.get('ipv4/conf/eth0/promote_secondaries')).toBe('1') // the /24 may be the primary one
  })

  test('many groups at once are one batch, and each has its own answer', async () => {
    const eleven: Wanted = { ...nine, address: '10.9.0.11' }
    const held = [nine, ten, eleven].map(one => keeper.add([one], inMs(60_000)))
    expect(await soon(Promise.all(held), 0)).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect(writes(/replace/)).toHaveLength(1)
    expect(announced).toEqual([['10.9.0.9', '10.9.0.10', '10.9.0.11']])
  })

  test('a group that fails is nothing to those that were added with it', async () => {
    kernel.refused.add('10.9.0.10')
    const held = Promise.all([keeper.add([nine], inMs(60_000)), keeper.add([ten], inMs(60_000))])
    expect(await soon(held)).toEqual([
      { ok: true },
      { ok: false, why: '10.9.0.10 could not be added: RTNETLINK answers: Permission denied' },
    ])
    expect(keeper.held().map(({ address }) => address)).toEqual(['10.9.0.9'])
    const odd = Promise.all([keeper.add([{ ...ten, device: 'eth7' }], undefined), keeper.add([nine], undefined)])
    expect(await soon(odd)).toMatchObject([{ ok: false, why: 'there is no interface eth7 here' }, { ok: true }])
  })

  test('of those added at once, only who may have a lease has one', async () => {
    const held = Promise.all([keeper.add([nine], inMs(60_000)), keeper.add([ten], undefined)])
    expect(await soon(held, 0)).toEqual([{ ok: true }, { ok: true }])
    expect(keeper.remaining('10.9.0.9')).toBe(3)
    expect(keeper.remaining('10.9.0.10')).toBeUndefined()
  })

  test('the latest word of those added at once counts', async () => {
    const held = Promise.all([keeper.add([nine], inMs(60_000)), keeper.add([ten], inMs(2_000))])
    await soon(held, 0)
    expect(keeper.remaining('10.9.0.9')).toBe(2)
  })

  test('a failure names the address and the reason', async () => {
    kernel.refused.add('10.9.0.10')
    expect(await soon(keeper.add([nine, ten], inMs(60_000)))).toEqual({
      ok: false,
      why: '10.9.0.10 could not be added: RTNETLINK answers: Permission denied',
    })
    expect(keeper.held().map(({ address }) => address)).toEqual(['10.9.0.9'])
  })

  test('a removal is done only when it is not listed any more', async () => {
    await soon(keeper.add([nine], inMs(60_000)), 0)
    kernel.refused.add('10.9.0.9')
    expect(await soon(keeper.remove([nine]))).toMatchObject({
      ok: false,
      why: expect.stringContaining('10.9.0.9 could not be removed'),
    })
    expect(keeper.held()).toEqual([]) // and it is renewed no more
    await clock.advance(3_000)
    expect(await soon(keeper.remove([nine]))).toEqual({ ok: true })
  })

  test('a restarted manager reads what is left of the lease, and goes on', async () => {
    kernel.entries.push({ address: '10.9.0.9', prefix: 32, device: 'eth0', expiresMs: inMs(2_000) })
    expect(await soon(keeper.adopt([nine, ten]), 0)).toEqual([{ status: 'running' }, { status: 'stopped' }])
    expect(keeper.held()).toEqual([
      { address: '10.9.0.9', device: 'eth0', prefix: 32, writtenPrefix: 24, remainingSeconds: 2 },
    ])
    await soon(keeper.renew(inMs(60_000)), 0)
    expect(keeper.remaining('10.9.0.9')).toBe(3)
  })
})
