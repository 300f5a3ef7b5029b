/** Reading and writing big-endian numbers. A reader never throws: past the end it gives zeros and remembers the fault. */

export interface Writer {
  readonly bytes: Uint8Array
  at: number
}

export interface Reader {
  readonly bytes: Uint8Array
  at: number
  /** The first thing that went wrong: read past the end, or a number beyond what is allowed. */
  fault: 'truncated' | 'malformed' | undefined
}

export const writer = (size: number): Writer => ({ bytes: new Uint8Array(size), at: 0 })
export const reader = (bytes: Uint8Array): Reader => ({ bytes, at: 0, fault: undefined })
export const written = (to: Writer): Uint8Array => to.bytes.subarray(0, to.at)

/** `size` bytes of a whole number, 1 to 6; for 8 use `writeSafe64`. */
export function writeUint(to: Writer, size: number, value: number): void {
  for (let index = size - 1, rest = value; index >= 0; index -= 1) {
    to.bytes[to.at + index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  to.at += size
}

export function readUint(from: Reader, size: number): number {
  let value = 0
  for (let index = 0; index < size; index += 1) value = value * 256 + readByte(from)
  return value
}

export function readByte(from: Reader): number {
  const byte = from.bytes[from.at]
  if (byte === undefined) {
    from.fault ??= 'truncated'
    return 0
  }
  from.at += 1
  return byte
}

export function writeSafe64(to: Writer, value: number): void {
  writeUint(to, 2, Math.floor(value / 2 ** 48))
  writeUint(to, 6, value % 2 ** 48)
}

/** 64 bits on the wire; beyond 53 it is malformed. */
export function readSafe64(from: Reader): number {
  const high = readUint(from, 2)
  const low = readUint(from, 6)
  if (high < 32) return high * 2 ** 48 + low
  from.fault ??= 'malformed'
  return 0
}

/** 7 bits a byte, lowest first, the top bit set on all but the last. */
export function writeVarint(to: Writer, value: number): void {
  let rest = value
  while (rest > 127) {
    writeUint(to, 1, 128 + (rest % 128))
    rest = Math.floor(rest / 128)
  }
  writeUint(to, 1, rest)
}

/** One number has one spelling: a needless last zero byte is malformed, and so is more than 53 bits. */
export function readVarint(from: Reader): number {
  let value = 0
  for (let scale = 1; scale < 2 ** 56; scale *= 128) {
    const byte = readByte(from)
    value += (byte % 128) * scale
    if (byte > 127) continue
    if ((byte === 0 && scale > 1) || !Number.isSafeInteger(value)) from.fault ??= 'malformed'
    return value
  }
  from.fault ??= 'malformed'
  return 0
}

const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function writeHex(to: Writer, hex: string): void {
  for (let index = 0; index < hex.length; index += 2) {
    writeUint(to, 1, Number.parseInt(hex.slice(index, index + 2), 16))
  }
}

export function readHex(from: Reader, size: number): string {
  let hex = ''
  for (let index = 0; index < size; index += 1) hex += hexOf[readByte(from)] ?? ''
  return hex
}
