import { NEAR_X } from "./layout.ts";

const NEAR_Y = 16;
const NEAR_Z = 16;
/** More classes resolve more elements in the near search, but cost time where nothing is near. */
const CLASSES_MAX = 1024;

/**
 * The offsets that the near search tries, nearest first. One class stands for the up to eight offsets
 * (±dx, ±dy, ±dz); of the classes that share dy and dz, the one with dx 0 always comes first.
 */
export interface NearOffsets {
  readonly dx: Uint8Array;
  readonly dy: Uint8Array;
  readonly dz: Uint8Array;
  /** Index into `squares` of each class. */
  readonly square: Uint16Array;
  /** The distinct squared distances, mm², ascending. */
  readonly squares: Float64Array;
  /**
   * Whatever is nearer than this is always found; with room for the root's rounding, so that comparing roots with a
   * tolerance below it gives the same as with all distances known.
   */
  readonly coversMm: number;
  /** Rows and planes that a surface grid must be padded with. */
  readonly padY: number;
  readonly padZ: number;
}

/** (d·s)², rounded as everywhere: the near and the far search must agree to the last bit. */
function square(d: number, spacing: number): number {
  return d * spacing * (d * spacing);
}

/** Made once for each spacing: a folder of cases mostly has few, and making one takes as long as a small case. */
const known = new Map<string, NearOffsets>();
const KNOWN_MAX = 16;

/** For `flat` images dz is always 0. Spacing in mm. */
export function nearOffsets(spacing: readonly [number, number, number], flat: boolean): NearOffsets {
  const key = `${spacing.join()} ${flat}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= KNOWN_MAX) known.clear();
  const made = makeOffsets(spacing, flat);
  known.set(key, made);
  return made;
}

function makeOffsets(spacing: readonly [number, number, number], flat: boolean): NearOffsets {
  const [sx, sy, sz] = spacing;
  // Whatever is nearer than the first offset that cannot be tried is complete, and nothing beyond may be claimed.
  const limit = Math.min(
    square(NEAR_X + 1, sx),
    square(NEAR_Y + 1, sy),
    flat ? Number.POSITIVE_INFINITY : square(NEAR_Z + 1, sz),
  );
  const found: { d2: number; dx: number; dy: number; dz: number }[] = [];
  for (let dz = 0; dz <= (flat ? 0 : NEAR_Z); dz++) {
    for (let dy = 0; dy <= NEAR_Y; dy++) {
      for (let dx = 0; dx <= NEAR_X; dx++) {
        const d2 = square(dx, sx) + square(dy, sy) + square(dz, sz);
        if (d2 < limit) found.push({ d2, dx, dy, dz });
      }
    }
  }
  found.sort((a, b) => a.d2 - b.d2 || a.dx - b.dx || a.dy - b.dy || a.dz - b.dz);
  const kept = found.slice(0, CLASSES_MAX);
  const covered = Math.min(limit, found[CLASSES_MAX]?.d2 ?? limit);
  const squares: number[] = [];
  const index = new Uint16Array(kept.length);
  kept.forEach(({ d2 }, i) => {
    if (squares.at(-1) !== d2) squares.push(d2);
    index[i] = squares.length - 1;
  });
  return {
    dx: Uint8Array.from(kept, (one) => one.dx),
    dy: Uint8Array.from(kept, (one) => one.dy),
    dz: Uint8Array.from(kept, (one) => one.dz),
    square: index,
    squares: Float64Array.from(squares),
    coversMm: Math.sqrt(covered) * (1 - 1e-12),
    padY: Math.max(...kept.map((one) => one.dy)),
    padZ: Math.max(...kept.map((one) => one.dz)),
  };
}
