/**
 * Counting pairs across two groups without sorting everything: distribute by value into buckets, so that only pairs
 * within one bucket are left; do the same inside a bucket; compare the few that remain one by one.
 *
 * A bucket is ⌊(x − smallest) · scale⌋, or the same of the number's upper bits. Every step of that is monotone in floating point, so a smaller value never
 * lands in a later bucket, whatever is rounded: the counts are exact for any finite input.
 */

const bucketsMax = 2048;
const compareMax = 64;
/** Most values of group 0 in one bucket for which comparing one by one is the cheapest. */
const evenMax = 24;
const sampleSize = 4096;
/** Which half of a float64 holds the sign. */
const upperHalf = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
/** Beyond this depth the values span too many magnitudes to spread them evenly; then they are sorted. */
const depthMax = 4;

/** One level of the recursion: places per (bucket, group), and room for the distributed values. */
interface Level {
  readonly starts: Uint32Array;
  values: Float64Array;
}

/**
 * 2 × (pairs in which the value of group 1 is larger) + (ties), over all pairs of one value of group 1 and one of
 * group 0. Exact as long as it stays below 2⁵³. `groups` holds 0 and 1, `values` finite numbers, of equal length.
 */
export function twiceTheWins(values: Float64Array, groups: Uint8Array): number {
  const n = values.length;
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < n; i++) {
    const x = values[i] as number;
    if (x < smallest) smallest = x;
    if (x > largest) largest = x;
  }
  const buckets = bucketsFor(n);
  const scale = (buckets - 1) / (largest - smallest);
  const level: Level = { starts: new Uint32Array(2 * buckets + 1), values: new Float64Array(n) };
  const { starts, values: spread } = level;
  if (!(scale > 0 && scale < Infinity)) {
    // one single value, or a range that is not a number: everything is one segment
    let zeros = 0;
    for (let i = 0; i < n; i++) if (groups[i] === 0) spread[zeros++] = values[i] as number;
    let at = zeros;
    for (let i = 0; i < n; i++) if (groups[i] === 1) spread[at++] = values[i] as number;
    return sortedWins(spread, 0, zeros, n);
  }
  const slots = new Uint16Array(n);
  if (crowded(values, smallest, scale)) {
    slotsByBits(values, groups, smallest, largest, buckets, slots);
  } else {
    for (let i = 0; i < n; i++) {
      slots[i] = 2 * ((((values[i] as number) - smallest) * scale) | 0) + (groups[i] as number);
    }
  }
  for (let i = 0; i < n; i++) {
    const slot = (slots[i] as number) + 1;
    starts[slot] = (starts[slot] as number) + 1;
  }
  for (let slot = 1; slot < starts.length; slot++) {
    starts[slot] = (starts[slot] as number) + (starts[slot - 1] as number);
  }
  for (let i = 0; i < n; i++) {
    const slot = slots[i] as number;
    const at = starts[slot] as number;
    starts[slot] = at + 1;
    spread[at] = values[i] as number;
  }
  // now starts[slot] is the end of the slot
  return bucketWins([level], 0, buckets, 0);
}

/** Whether even buckets would leave most values in few of them, judged by a sample. */
function crowded(values: Float64Array, smallest: number, scale: number): boolean {
  const step = Math.ceil(values.length / sampleSize);
  const counts = new Uint32Array(bucketsMax);
  let sample = 0;
  let sharing = 0;
  for (let i = 0; i < values.length; i += step) {
    const bucket = (((values[i] as number) - smallest) * scale) | 0;
    sharing += counts[bucket] as number;
    counts[bucket] = (counts[bucket] as number) + 1;
    sample += 1;
  }
  // pairs of the sample in one bucket; spread over 64 buckets there would be one in 64
  return sharing * 64 > (sample * (sample - 1)) / 2;
}

/**
 * Buckets by the upper half of the number's bits, which grows with its magnitude: even for values that crowd near 0.
 * Also monotone; −0 and 0 share a bucket.
 */
function slotsByBits(
  values: Float64Array,
  groups: Uint8Array,
  smallest: number,
  largest: number,
  buckets: number,
  slots: Uint16Array,
): void {
  const [least = 0, most = 0] = upperKeys(Float64Array.of(smallest, largest));
  const keys = upperKeys(values);
  const scale = (buckets - 1) / Math.max(1, most - least);
  for (let i = 0; i < slots.length; i++) {
    slots[i] = 2 * ((((keys[i] as number) - least) * scale) | 0) + (groups[i] as number);
  }
}

/** The sign, exponent and upper 20 bits of each value as a whole number that ascends with it. */
function upperKeys(values: Float64Array): Uint32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const keys = new Uint32Array(values.length);
  for (let i = 0; i < keys.length; i++) {
    const word = words[2 * i + upperHalf] as number;
    // −0, and with it the smallest negative numbers
    const upper = word === 0x80000000 ? 0 : word;
    keys[i] = upper ^ ((upper >> 31) | 0x80000000);
  }
  return keys;
}

function bucketsFor(n: number): number {
  return Math.max(2, Math.min(bucketsMax, n >>> 1));
}

/** The sum over the buckets of a level that was just distributed from `from` on. */
function bucketWins(levels: Level[], depth: number, buckets: number, from: number): number {
  const { starts, values } = levels[depth] as Level;
  // the deeper level reuses nothing of this one, so these ends stay as they are
  let wins = 0;
  let zerosBefore = 0;
  let start = from;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const middle = starts[2 * bucket] as number;
    const end = starts[2 * bucket + 1] as number;
    const ones = end - middle;
    if (ones > 0) {
      wins += 2 * ones * zerosBefore;
      if (middle > start) wins += segmentWins(levels, depth + 1, values, start, middle, end);
    }
    zerosBefore += middle - start;
    start = end;
  }
  return wins;
}

/** Group 0 lies in [start, middle), group 1 in [middle, end); neither is empty. */
function segmentWins(
  levels: Level[],
  depth: number,
  source: Float64Array,
  start: number,
  middle: number,
  end: number,
): number {
  if ((middle - start) * (end - middle) <= compareMax) {
    let wins = 0;
    for (let i = middle; i < end; i++) {
      const x = source[i] as number;
      for (let j = start; j < middle; j++) {
        const y = source[j] as number;
        wins += (x > y ? 1 : 0) + (x >= y ? 1 : 0);
      }
    }
    return wins;
  }
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = start; i < end; i++) {
    const x = source[i] as number;
    if (x < smallest) smallest = x;
    if (x > largest) largest = x;
  }
  if (smallest === largest) return (middle - start) * (end - middle);
  const buckets = bucketsFor(end - start);
  const scale = (buckets - 1) / (largest - smallest);
  if (depth > depthMax || !(scale > 0 && scale < Infinity)) return sortedWins(source, start, middle, end);

  const level = levelOf(levels, depth, end - start);
  const { starts, values } = level;
  const quick = evenWins(level, source, start, middle, end, buckets, smallest, scale);
  if (quick >= 0) return quick;
  starts.fill(0, 0, 2 * buckets + 1);
  for (let i = start; i < end; i++) {
    const group = i < middle ? 1 : 2;
    const slot = 2 * ((((source[i] as number) - smallest) * scale) | 0) + group;
    starts[slot] = (starts[slot] as number) + 1;
  }
  for (let slot = 1; slot <= 2 * buckets; slot++) {
    starts[slot] = (starts[slot] as number) + (starts[slot - 1] as number);
  }
  for (let i = start; i < end; i++) {
    const x = source[i] as number;
    const slot = 2 * (((x - smallest) * scale) | 0) + (i < middle ? 0 : 1);
    const at = starts[slot] as number;
    starts[slot] = at + 1;
    values[at] = x;
  }
  return bucketWins(levels, depth, buckets, 0);
}

/**
 * The wins of a segment whose group 0 spreads evenly, or −1. Only group 0 is distributed; each value of group 1 is
 * compared with the few that share its bucket.
 */
function evenWins(
  { starts, values }: Level,
  source: Float64Array,
  start: number,
  middle: number,
  end: number,
  buckets: number,
  smallest: number,
  scale: number,
): number {
  starts.fill(0, 0, buckets + 1);
  for (let i = start; i < middle; i++) {
    const slot = ((((source[i] as number) - smallest) * scale) | 0) + 1;
    starts[slot] = (starts[slot] as number) + 1;
  }
  let zerosBefore = 0;
  for (let slot = 1; slot <= buckets; slot++) {
    const zeros = starts[slot] as number;
    if (zeros > evenMax) return -1;
    starts[slot] = zerosBefore;
    zerosBefore += zeros;
  }
  // starts[slot + 1] is where the slot begins; after this, where it ends, and so where the next one begins
  for (let i = start; i < middle; i++) {
    const x = source[i] as number;
    const slot = (((x - smallest) * scale) | 0) + 1;
    const at = starts[slot] as number;
    starts[slot] = at + 1;
    values[at] = x;
  }
  let wins = 0;
  for (let i = middle; i < end; i++) {
    const x = source[i] as number;
    const slot = ((x - smallest) * scale) | 0;
    const from = starts[slot] as number;
    const to = starts[slot + 1] as number;
    wins += 2 * from;
    for (let j = from; j < to; j++) {
      const y = values[j] as number;
      wins += (x > y ? 1 : 0) + (x >= y ? 1 : 0);
    }
  }
  return wins;
}

function levelOf(levels: Level[], depth: number, size: number): Level {
  const level = levels[depth] ?? {
    starts: new Uint32Array(2 * bucketsMax + 1),
    values: new Float64Array(size),
  };
  levels[depth] = level;
  if (level.values.length < size) level.values = new Float64Array(2 * size);
  return level;
}

/** The same by sorting both groups in place. */
function sortedWins(source: Float64Array, start: number, middle: number, end: number): number {
  const zeros = source.subarray(start, middle).sort();
  const ones = source.subarray(middle, end).sort();
  let wins = 0;
  let below = 0;
  let upTo = 0;
  for (const x of ones) {
    while (below < zeros.length && (zeros[below] as number) < x) below += 1;
    if (upTo < below) upTo = below;
    while (upTo < zeros.length && (zeros[upTo] as number) <= x) upTo += 1;
    wins += below + upTo;
  }
  return wins;
}
