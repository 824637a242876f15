/**
 * A seeded stream of random numbers, the same in every engine: xoshiro128** (Blackman & Vigna, ACM TOMS 47 (2021)),
 * its state filled from the seed's UTF-16 units by FNV-1a and splitmix32. Not for secrets.
 */
export interface SeededRandom {
  /** A whole number in 0 … bound − 1, without bias. `bound` is 1 … 2³². */
  below(bound: number): number;
  /** A multiple of 2⁻⁵³ in [0, 1). */
  unit(): number;
}

export function seededRandom(seed: string): SeededRandom {
  const state = new Uint32Array(4);
  // four hashes with different starts, so that seeds that collide in 32 bits still differ
  for (let word = 0; word < 4; word++) {
    let hash = (0x811c9dc5 + Math.imul(word, 0x9e3779b9)) >>> 0;
    for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193) >>> 0;
    state[word] = mixed(hash + Math.imul(word + 1, 0x9e3779b9));
  }
  if ((state[0] as number) + (state[1] as number) + (state[2] as number) + (state[3] as number) === 0) {
    state[0] = 1; // the one state that never moves
  }

  function next(): number {
    const s1 = state[1] as number;
    const result = Math.imul(rotated(Math.imul(s1, 5), 7), 9) >>> 0;
    const s2 = (state[2] as number) ^ (state[0] as number);
    const s3 = (state[3] as number) ^ s1;
    state[1] = s1 ^ s2;
    state[0] = (state[0] as number) ^ s3;
    state[2] = s2 ^ (s1 << 9);
    state[3] = rotated(s3, 11);
    return result;
  }

  return {
    below(bound) {
      const end = 2 ** 32 - (2 ** 32 % bound);
      let word = next();
      while (word >= end) word = next();
      return word % bound;
    },
    unit() {
      const high = next() >>> 5;
      const low = next() >>> 6;
      return (high * 67108864 + low) / 9007199254740992;
    },
  };
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** splitmix32's finalizer. */
function mixed(word: number): number {
  let z = word >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
