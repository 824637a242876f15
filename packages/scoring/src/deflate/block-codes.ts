import { type BitReader, damaged } from "./bit-reader.ts";
import { PrefixCode } from "./prefix-code.ts";

/** What the symbols of a block mean. */
export interface BlockCodes {
  /** Bytes, the end of the block, and the lengths of matches. */
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
}

export const endOfBlock = 256;

/** RFC 1951, section 3.2.6. */
export const fixedCodes: BlockCodes = {
  literals: new PrefixCode(
    new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280),
  ),
  distances: new PrefixCode(new Uint8Array(32).fill(5)),
};

/** Section 3.2.7: in this order come the lengths of the codes in which the lengths of the codes are written. */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

export function readCodes(input: BitReader): BlockCodes {
  const literals = 257 + input.take(5);
  const distances = 1 + input.take(5);
  const orderUsed = order.slice(0, 4 + input.take(4));
  if (literals > 286 || distances > 30) throw damaged();
  const ownLengths = new Uint8Array(order.length);
  for (const symbol of orderUsed) ownLengths[symbol] = input.take(3);
  const lengths = readLengths(input, new PrefixCode(ownLengths), literals + distances);
  if (lengths[endOfBlock] === 0) throw damaged();
  return {
    literals: new PrefixCode(lengths.subarray(0, literals)),
    distances: new PrefixCode(lengths.subarray(literals)),
  };
}

function readLengths(input: BitReader, code: PrefixCode, count: number): Uint8Array {
  const lengths = new Uint8Array(count);
  for (let at = 0; at < count; ) {
    const symbol = input.symbol(code);
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    // 16: the last one again; 17 and 18: zeros, few or many.
    const length = symbol === 16 ? lengths[at - 1] : 0;
    const times = symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7);
    if (length === undefined || at + times > count) throw damaged();
    lengths.fill(length, at, at + times);
    at += times;
  }
  return lengths;
}
