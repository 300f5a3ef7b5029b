import { createHmac } from 'node:crypto'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { readKeys, selfTest, signed, verified } from '../../src/beat/keys.ts'
import { longestBytes, shortestBytes, tagBytes } from '../../src/membership/packet.ts'

const secret = '0b'.repeat(32)
const keys = readKeys({ send: 2, secrets: { 1: 'aa'.repeat(32), 2: secret } })
/** As long as a heartbeat, made with that key id. */
const made = (keyId: number, length = 80) => {
  const bytes = new Uint8Array(length)
  bytes.set([0x54, 0x44, 0x4d, 1, 0, 0, 0, 0, keyId])
  return bytes
}

test('the tag is HMAC-SHA256 over all before it', () => {
  const datagram = signed(keys, made(2))
  const tag = createHmac('sha256', Buffer.from(secret, 'hex')).update(made(2)).digest('hex')
  expect(datagram.subarray(80).toString('hex')).toBe(tag)
  expect(verified(keys, datagram)).toEqual(Buffer.from(made(2)))
})

describe('refused', () => {
  test('too short, too long, foreign', () => {
    expect(verified(keys, new Uint8Array(0))).toEqual({ refused: 'short' })
    expect(verified(keys, made(2, shortestBytes - 1))).toEqual({ refused: 'short' })
    expect(verified(keys, made(2, longestBytes + 1))).toEqual({ refused: 'long' })
    expect(verified(keys, new Uint8Array(300))).toEqual({ refused: 'not-tandem' })
  })

  test('a key that is not listed, and one that is listed but did not sign it', () => {
    expect(verified(keys, signed(keys, made(3)))).toEqual({ refused: 'unknown-key' })
    expect(verified(keys, signed(keys, made(1)))).toEqual({ refused: 'wrong-key' })
  })

  test('a key that is being rotated out is accepted until it is removed', () => {
    const older = readKeys({ send: 1, secrets: { 1: 'aa'.repeat(32) } })
    expect(verified(keys, signed(older, made(1)))).toEqual(Buffer.from(made(1)))
    const rotated = readKeys({ send: 2, secrets: { 2: secret } })
    expect(verified(rotated, signed(older, made(1)))).toEqual({ refused: 'unknown-key' })
  })

  property.prop([fc.nat(80 + tagBytes - 1), fc.integer({ min: 1, max: 255 })])('any one changed byte', (at, by) => {
    const datagram = signed(keys, made(2))
    datagram[at]! ^= by
    expect(verified(keys, datagram)).toHaveProperty('refused')
  })

  property.prop([fc.uint8Array({ maxLength: 2000 })])('any bytes of a stranger', bytes => {
    expect(verified(keys, bytes)).toHaveProperty('refused')
  })
})

test('the self-test passes with sound keys', () => {
  expect(selfTest(keys, made(2))).toBeUndefined()
})
