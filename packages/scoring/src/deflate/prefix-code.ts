import { damaged } from "./bit-reader.ts";

const longestBits = 15;
/** Longer codes are rare: that is why they are long. */
const tableBits = 10;
export const tableMask = (1 << tableBits) - 1;

/**
 * A code of RFC 1951, section 3.2.2, in which the lengths of the codes say what they are. A symbol is found together
 * with the length of its code, as 16 × symbol + bits.
 */
export class PrefixCode {
  /** By the next bits of the input; 0 where the code is longer than these, or is none. */
  readonly table = new Uint16Array(1 << tableBits);
  /** How many codes have so many bits. */
  readonly counts = new Uint16Array(longestBits + 1);
  /** In the order of their codes. */
  readonly symbols: Uint16Array;

  /**
   * Of the lengths of all codes, 0 for a symbol that does not occur. Every sequence of bits must mean one symbol, except
   * where there is at most one symbol. @throws ScoringError `gzip_damaged`
   */
  constructor(lengths: Uint8Array) {
    this.symbols = new Uint16Array(lengths.length);
    for (const bits of lengths) if (bits > 0) this.counts[bits] = (this.counts[bits] as number) + 1;
    const firstCodes = new Uint16Array(longestBits + 1);
    const ranks = new Uint16Array(longestBits + 1);
    let code = 0;
    let rank = 0;
    for (let bits = 1; bits <= longestBits; bits++) {
      code *= 2;
      firstCodes[bits] = code;
      ranks[bits] = rank;
      code += this.counts[bits] as number;
      rank += this.counts[bits] as number;
      if (code > 1 << bits) throw damaged();
    }
    const isAtMostOne = rank === 0 || (rank === 1 && this.counts[1] === 1);
    if (code < 1 << longestBits && !isAtMostOne) throw damaged();
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const bits = lengths[symbol] as number;
      if (bits === 0) continue;
      this.symbols[ranks[bits] as number] = symbol;
      ranks[bits] = (ranks[bits] as number) + 1;
      const own = firstCodes[bits] as number;
      firstCodes[bits] = own + 1;
      if (bits > tableBits) continue;
      // Codes come with their first bit lowest.
      for (let at = reversed(own, bits); at <= tableMask; at += 1 << bits)
        this.table[at] = 16 * symbol + bits;
    }
  }

  /** What the table does not hold, bit by bit; 0 if these bits begin no code. */
  search(input: number): number {
    let code = 0;
    let first = 0;
    let rank = 0;
    for (let bits = 1; bits <= longestBits; bits++) {
      code |= (input >>> (bits - 1)) & 1;
      const count = this.counts[bits] as number;
      if (code - first < count) return 16 * (this.symbols[rank + code - first] as number) + bits;
      rank += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return 0;
  }
}

function reversed(code: number, bits: number): number {
  let out = 0;
  for (let bit = 0; bit < bits; bit++) out |= ((code >>> bit) & 1) << (bits - 1 - bit);
  return out;
}
