import { expect, test } from 'vitest'
import { fnv1a } from '../../src/config/digest.ts'

// Published vectors of FNV-1a, 32 bit (draft-eastlake-fnv).
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('fnv1a of "%s"', (text, hash) => expect(fnv1a(text)).toBe(hash))

// Two bytes in UTF-8.
test('counts bytes, not characters', () => expect(fnv1a('ä')).toBe(0x199de0e2))
