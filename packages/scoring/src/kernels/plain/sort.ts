import type { Views } from "../arena.ts";

const DIGITS = 8;
const BUCKETS = 256;

/**
 * Sorts `n` squared distances (f64, none negative) ascending, each with its class (u16); equal ones by class where they
 * came so. Radix sort by bytes, least significant first, without the bytes that are the same everywhere. Sorted into
 * `keys` and `classes`; the two spares are of the same size.
 */
export function sortDistances(
  m: Views,
  keys: number,
  classes: number,
  n: number,
  spareKeys: number,
  spareClasses: number,
): void {
  const { u8, u16, u32 } = m;
  const counts = new Uint32Array(DIGITS * BUCKETS);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < DIGITS; d++) {
      const c = d * BUCKETS + (u8[keys + 8 * i + d] as number);
      counts[c] = (counts[c] as number) + 1;
    }
  }
  let from = keys;
  let fromClasses = classes;
  let to = spareKeys;
  let toClasses = spareClasses;
  for (let d = 0; d < DIGITS; d++) {
    const own = counts.subarray(d * BUCKETS, (d + 1) * BUCKETS);
    if (own[u8[from + d] as number] === n) continue;
    let sum = 0;
    for (let b = 0; b < BUCKETS; b++) {
      const c = own[b] as number;
      own[b] = sum;
      sum += c;
    }
    for (let i = 0; i < n; i++) {
      const b = u8[from + 8 * i + d] as number;
      const at = own[b] as number;
      own[b] = at + 1;
      u32[(to >>> 2) + 2 * at] = u32[(from >>> 2) + 2 * i] as number;
      u32[(to >>> 2) + 2 * at + 1] = u32[(from >>> 2) + 2 * i + 1] as number;
      u16[(toClasses >>> 1) + at] = u16[(fromClasses >>> 1) + i] as number;
    }
    [from, to] = [to, from];
    [fromClasses, toClasses] = [toClasses, fromClasses];
  }
  if (from !== keys) {
    u8.copyWithin(keys, from, from + 8 * n);
    u8.copyWithin(classes, fromClasses, fromClasses + 2 * n);
  }
}
