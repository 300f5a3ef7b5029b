/**
 * FNV-1a, 32 bit, over the UTF-8 bytes of a text: a short fingerprint to compare, not a secret.
 * Two nodes compare their settings with it, and datagrams name groups and nodes by it.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
