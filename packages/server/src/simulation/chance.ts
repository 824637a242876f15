/** A seeded generator (SplitMix32, Steele et al. 2014): the same seed gives the same story. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  below(n: number): number;
  pick<T>(from: readonly T[]): T | undefined;
  bytes(count: number): Uint8Array;
}

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    pick: (from) => from[below(from.length)],
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
