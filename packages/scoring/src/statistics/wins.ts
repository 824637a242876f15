/**
 * Counting pairs across two groups without sorting everything: distribute by value into buckets, so that only pairs
 * within one bucket are left; do the same inside a bucket; compare the few that remain one by one.
 *
 * At the top, buckets are made from a sample so that each gets about as many values, however they crowd. Further down a
 * bucket is ⌊(x − smallest) · scale⌋. Every step of both is monotone in floating point, so a smaller value never lands
 * in a later bucket, whatever is rounded: the counts are exact for any finite input.
 */
import { addUp } from "./running-sums.ts";

/** At the top as many as the processor can write to side by side; below, as many as its fastest cache holds. */
const topBuckets = 1024;
const bucketsMax = 8192;
const compareMax = 64;
/** Most values of group 0 in one bucket for which comparing one by one is the cheapest. */
const evenMax = 24;
/** Up to so many values are sorted at once. */
const sortMax = 4096;
const sampleMax = 16_384;
/** How finely the upper halves of numbers are told apart when buckets are made of them. */
const cellsMax = 16_384;
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
  const level: Level = { starts: new Uint32Array(2 * topBuckets + 1), values: new Float64Array(n) };
  const { starts, values: spread } = level;
  if (n <= sortMax) {
    let zeros = 0;
    for (let i = 0; i < n; i++) if (groups[i] === 0) spread[zeros++] = values[i] as number;
    let at = zeros;
    for (let i = 0; i < n; i++) if (groups[i] === 1) spread[at++] = values[i] as number;
    return sortedWins(spread, 0, zeros, n);
  }
  const slots = slotsBySample(values, groups);
  for (let i = 0; i < n; i++) {
    const slot = (slots[i] as number) + 1;
    starts[slot] = (starts[slot] as number) + 1;
  }
  addUp(starts);
  for (let i = 0; i < n; i++) {
    const slot = slots[i] as number;
    const at = starts[slot] as number;
    starts[slot] = at + 1;
    spread[at] = values[i] as number;
  }
  // now starts[slot] is the end of the slot
  return bucketWins([level], 0, topBuckets, 0);
}

/**
 * 2 · bucket + group of each value. A value's key ascends with it, about as its logarithm does; keys are rounded to
 * cells, and neighbouring cells share a bucket until it has its part of the sample.
 */
function slotsBySample(values: Float64Array, groups: Uint8Array): Uint16Array {
  const n = values.length;
  const uppers = new Int32Array(values.buffer, values.byteOffset, 2 * n);
  const sample = sampleOf(uppers);
  const floor = floorOf(sample);
  let least = Infinity;
  let most = -Infinity;
  for (let at = upperHalf; at < uppers.length; at += 2) {
    const key = keyOf(uppers[at] as number, floor);
    if (key < least) least = key;
    if (key > most) most = key;
  }
  const scale = (cellsMax - 1) / Math.max(1, most - least);
  const cells = new Uint32Array(cellsMax);
  for (const upper of sample) {
    const cell = ((keyOf(upper, floor) - least) * scale) | 0;
    cells[cell] = (cells[cell] as number) + 1;
  }
  let before = 0;
  for (let cell = 0; cell < cellsMax; cell++) {
    const own = cells[cell] as number;
    cells[cell] = 2 * Math.floor((before * (topBuckets - 1)) / sample.length);
    before += own;
  }
  const slots = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const cell = ((keyOf(uppers[2 * i + upperHalf] as number, floor) - least) * scale) | 0;
    slots[i] = (cells[cell] as number) + (groups[i] as number);
  }
  return slots;
}

/** The upper halves of every so many-th value. */
function sampleOf(uppers: Int32Array): Int32Array {
  const step = 2 * Math.ceil(uppers.length / (2 * sampleMax));
  const sample = new Int32Array(Math.ceil((uppers.length - upperHalf) / step));
  for (let i = 0; i < sample.length; i++) sample[i] = uppers[i * step + upperHalf] as number;
  return sample;
}

/** The magnitude below which hardly any value lies that is not 0: no cells are spent on the exponents below it. */
function floorOf(sample: Int32Array): number {
  const sizes = sample
    .map((upper) => upper & 0x7fffffff)
    .filter((size) => size > 0)
    .sort();
  return sizes[sizes.length >> 10] ?? 0;
}

/**
 * Exponent and upper 20 bits of a number above the floor, negative for a negative number: an integer that never
 * descends where numbers ascend, the same for 0 and −0.
 */
function keyOf(upper: number, floor: number): number {
  const above = (upper & 0x7fffffff) - floor;
  const size = above & ~(above >> 31);
  const sign = upper >> 31;
  // Without a branch: signs come in no order, and every second guess of the processor would be wrong.
  return (size ^ sign) - sign;
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
  addUp(starts.subarray(0, 2 * buckets + 1));
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
