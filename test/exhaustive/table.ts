/** A set of 64-bit hashes that takes 8 bytes for each, at most half full. */
export class Table {
  size = 0
  private high: Uint32Array
  private low: Uint32Array

  constructor(expected: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * expected + 16))
    this.high = new Uint32Array(slots)
    this.low = new Uint32Array(slots)
  }

  /** True: it was not there. Two zeros stand for an empty slot, so that hash is another one. */
  add(high: number, low: number): boolean {
    const second = high === 0 && low === 0 ? 1 : low
    if (2 * (this.size + 1) > this.high.length) this.grow()
    if (!this.put(high, second)) return false
    this.size++
    return true
  }

  private put(high: number, low: number): boolean {
    const mask = this.high.length - 1
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = this.high[slot]!
      const second = this.low[slot]!
      if (there === high && second === low) return false
      if (there !== 0 || second !== 0) continue
      this.high[slot] = high
      this.low[slot] = low
      return true
    }
  }

  private grow(): void {
    const { high, low } = this
    this.high = new Uint32Array(2 * high.length)
    this.low = new Uint32Array(2 * low.length)
    for (let slot = 0; slot < high.length; slot++) {
      if (high[slot] !== 0 || low[slot] !== 0) this.put(high[slot]!, low[slot]!)
    }
  }
}
