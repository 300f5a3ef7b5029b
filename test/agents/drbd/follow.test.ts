import { expect, test } from 'vitest'
import { drbdFollower, everything } from '../../../src/agents/drbd/follow.ts'
import { type FakeChildren, fakeChildren, fakeClock, settled } from '../fakes.ts'

const snapshot = `exists resource name:r0 role:Primary suspended:no
exists connection name:r0 peer-node-id:0 conn-name:peer connection:Connected role:Secondary
exists device name:r0 volume:0 minor:0 disk:UpToDate
exists -`

function lab(loaded = true) {
  const clock = fakeClock()
  const children: FakeChildren = fakeChildren(() => {})
  const around = { loaded, log: '' }
  const follower = drbdFollower({
    clock,
    spawnChild: children.spawn,
    isLoaded: () => around.loaded,
    readLog: async () => around.log,
  })
  const told: string[] = []
  const tell = (text: string): void => {
    for (const line of text.split('\n')) children.events!.line(line)
  }
  return { clock, children, around, follower, told, tell }
}

test('one child tells of all resources, and only whom it is about is called', async () => {
  const { children, follower, told, tell } = lab()
  follower.follow('r0', name => told.push(name))
  const end = follower.follow(everything, name => told.push(`all ${name}`))
  expect(children.starts).toBe(1)
  expect(follower.following).toBe(false)
  tell(snapshot)
  expect(follower.following).toBe(true)
  expect(told).toEqual(['r0', 'all r0'])
  told.length = 0
  tell('change device name:r0 volume:0 minor:0 disk:Failed')
  tell('exists resource name:r1 role:Secondary suspended:no')
  expect(told).toEqual(['r0', 'all r0', 'all r1'])
  expect(follower.states().get('r0')?.volumes.get('0')?.disk).toBe('Failed')
  end()
  told.length = 0
  tell('change device name:r0 volume:0 minor:0 disk:Diskless')
  expect(told).toEqual(['r0'])
})

test('a child that ends is started again, and nothing counts before it has told everything', async () => {
  const { clock, children, follower, told, tell } = lab()
  follower.follow('r0', name => told.push(name))
  tell(snapshot)
  tell('call helper name:r0 peer-node-id:0 conn-name:peer helper:split-brain')
  told.length = 0
  children.events!.ended('was killed', false)
  expect(follower.following).toBe(false)
  expect(told).toEqual(['r0'])
  await clock.advance(1_900)
  expect(children.starts).toBe(1)
  await clock.advance(200)
  expect(children.starts).toBe(2)
  tell('exists resource name:r0 role:Secondary suspended:no')
  expect(follower.states().get('r0')?.role).toBe('Primary')
  tell('exists -')
  expect(follower.states().get('r0')).toMatchObject({ role: 'Secondary', splitBrain: true })
})

test('without the module there is no child; it comes with the module', async () => {
  const { clock, children, around, follower } = lab(false)
  follower.follow('r0', () => {})
  await clock.advance(60_000)
  expect(children.starts).toBe(0)
  around.loaded = true
  await clock.advance(2_000)
  expect(children.starts).toBe(1)
  follower.close()
  await settled()
  await clock.advance(60_000)
  expect(children.starts).toBe(1)
})

test('a split brain that was there before us is read from the log', async () => {
  const { around, follower, told, tell } = lab()
  around.log = '[1.0] block drbd0: Split-Brain detected but unresolved, dropping connection!'
  follower.follow('r0', name => told.push(name))
  tell(snapshot)
  await settled()
  expect(follower.states().get('r0')?.splitBrain).toBe(false) // they are connected
  tell('change connection name:r0 peer-node-id:0 connection:StandAlone role:Unknown')
  await settled()
  expect(follower.states().get('r0')?.splitBrain).toBe(false) // somebody has typed disconnect
  const late = lab()
  late.around.log = around.log
  late.follower.follow('r0', name => late.told.push(name))
  late.tell(snapshot.replace('connection:Connected', 'connection:StandAlone'))
  await settled()
  expect(late.follower.states().get('r0')?.splitBrain).toBe(true)
  expect(late.told).toEqual(['r0', 'r0'])
})
