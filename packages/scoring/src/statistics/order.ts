/**
 * Order and ranks of float64 columns by radix sort: stable, the same permutation in every engine, and far cheaper
 * than a comparator. -0 and 0 are equal. Values must not be NaN.
 */

const buckets = 2048;
const mask = buckets - 1;
/** Three digits of at most 11 bits in each 32-bit word. */
const shifts = [0, 11, 22] as const;
const comparatorMax = 256;

/** Which half of a float64 holds the sign: true nearly everywhere, but not a law. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

interface Keys {
  low: Uint32Array;
  high: Uint32Array;
  /** Counts of each digit, low word first. */
  counts: Uint32Array[];
}

/** Two words per value, ordered as the numbers are: all bits flipped if negative, else the sign bit. */
function orderedKeys(values: Float64Array): Keys {
  const n = values.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const counts = Array.from({ length: 6 }, () => new Uint32Array(buckets));
  const [c0, c1, c2, c3, c4, c5] = counts as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const lowAt = littleEndian ? 0 : 1;
  for (let i = 0; i < n; i++) {
    let a = words[2 * i + lowAt] as number;
    let b = words[2 * i + 1 - lowAt] as number;
    if (a === 0 && b === 0x80000000) b = 0; // -0 becomes 0
    const flip = b >> 31;
    a = (a ^ flip) >>> 0;
    b = (b ^ (flip | 0x80000000)) >>> 0;
    low[i] = a;
    high[i] = b;
    const d0 = a & mask;
    const d1 = (a >>> 11) & mask;
    const d2 = a >>> 22;
    const d3 = b & mask;
    const d4 = (b >>> 11) & mask;
    const d5 = b >>> 22;
    c0[d0] = (c0[d0] as number) + 1;
    c1[d1] = (c1[d1] as number) + 1;
    c2[d2] = (c2[d2] as number) + 1;
    c3[d3] = (c3[d3] as number) + 1;
    c4[d4] = (c4[d4] as number) + 1;
    c5[d5] = (c5[d5] as number) + 1;
  }
  return { low, high, counts };
}

/** Turns counts into first places. False if one digit holds everything, so that the pass changes nothing. */
function startsOf(counts: Uint32Array, n: number): boolean {
  let next = 0;
  for (let digit = 0; digit < buckets; digit++) {
    const count = counts[digit] as number;
    if (count === n) return false;
    counts[digit] = next;
    next += count;
  }
  return true;
}

/** The indices of `values` in ascending order; equal values keep their order. At most 2³² values. */
export function ascendingOrder(values: Float64Array): Uint32Array {
  return values.length <= comparatorMax ? comparedOrder(values) : radixOrder(values).order;
}

function comparedOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values, (_, i) => i).sort((a, b) => {
    const x = values[a] as number;
    const y = values[b] as number;
    return x < y ? -1 : x > y ? 1 : a - b;
  });
}

/** The order, and the words of the keys in that order. */
function radixOrder(values: Float64Array): { order: Uint32Array; low: Uint32Array; high: Uint32Array } {
  const n = values.length;
  const keys = orderedKeys(values);
  let { low, high } = keys;
  let order: Uint32Array = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let lowNext: Uint32Array = new Uint32Array(n);
  let highNext: Uint32Array = new Uint32Array(n);
  let orderNext: Uint32Array = new Uint32Array(n);
  for (let pass = 0; pass < 6; pass++) {
    const places = keys.counts[pass] as Uint32Array;
    if (!startsOf(places, n)) continue;
    const shift = shifts[pass % 3] as number;
    const words = pass < 3 ? low : high;
    for (let i = 0; i < n; i++) {
      const digit = ((words[i] as number) >>> shift) & mask;
      const at = places[digit] as number;
      places[digit] = at + 1;
      lowNext[at] = low[i] as number;
      highNext[at] = high[i] as number;
      orderNext[at] = order[i] as number;
    }
    [low, lowNext] = [lowNext, low];
    [high, highNext] = [highNext, high];
    [order, orderNext] = [orderNext, order];
  }
  return { order, low, high };
}

/** Dense ranks from 0: equal values share one, the next larger value has the next. */
export function denseRanks(values: Float64Array): { ranks: Uint32Array; distinct: number } {
  const n = values.length;
  const ranks = new Uint32Array(n);
  if (n === 0) return { ranks, distinct: 0 };
  let rank = 0;
  if (n <= comparatorMax) {
    const order = comparedOrder(values);
    for (let i = 1; i < n; i++) {
      if (values[order[i] as number] !== values[order[i - 1] as number]) rank += 1;
      ranks[order[i] as number] = rank;
    }
  } else {
    const { order, low, high } = radixOrder(values);
    for (let i = 1; i < n; i++) {
      if (low[i] !== low[i - 1] || high[i] !== high[i - 1]) rank += 1;
      ranks[order[i] as number] = rank;
    }
  }
  return { ranks, distinct: rank + 1 };
}

/** Ranks from 1; equal values share the mean of their places. */
export function averageRanks(values: Float64Array): Float64Array {
  const order = ascendingOrder(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] as number] as number;
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === value) end += 1;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}
