import { type GridShape, NEAR_X, surfacePlanes } from "./layout.ts";
import type { NearOffsets } from "./offsets.ts";

/** What the near kernels look up, as it lies in the arena; the same for grids of any size. */
export interface NearTables {
  readonly bytes: Uint8Array;
  /** The squared distances that can be found, mm². */
  readonly squares: Float64Array;
  /** The most rows and planes away that anything can be found, and how many rings of rows there are. */
  readonly reachY: number;
  readonly reachZ: number;
  readonly rings: number;
}

const HEAD_BYTES = 48;
/** Of a class: dx, dy and dz in a byte each, a byte of nothing, and the index of its square as u32. */
export const CLASS_BYTES = 8;
/** Of a ring, the up to four rows that are dy rows and dz planes away: dy and dz as u16. */
const RING_BYTES = 4;
/** Of a tier and a ring: for each dx from 0 to NEAR_X a rank. */
const RANKS_BYTES = 16;
/** Squares of a tier. The nearest has rank 255; 0 says that there is no such class in the tier. */
export const TIER_RANKS = 255;

const known = new WeakMap<NearOffsets, Map<number, NearTables>>();
const KNOWN_MAX = 16;

/** Of all classes up to `withinMm`. Made once for the offsets of a spacing and the tolerance. */
export function nearTables(offsets: NearOffsets, withinMm: number): NearTables {
  const own = known.get(offsets) ?? new Map<number, NearTables>();
  known.set(offsets, own);
  const before = own.get(withinMm);
  if (before) return before;
  if (own.size >= KNOWN_MAX) own.clear();
  const made = makeTables(offsets, withinMm);
  own.set(withinMm, made);
  return made;
}

interface Ring {
  readonly dy: number;
  readonly dz: number;
  /** The index of the square by dx, as far as there are classes. */
  readonly squares: number[];
}

/**
 * The head is u32: number of classes and where they begin; number of tiers and of rings, the reach in y and z, and where
 * rings and tiers begin. Rings lie in pairs, nearest first; per tier there is a u32 for how many of them it needs, 12
 * bytes of nothing, and the ranks of all rings.
 */
function makeTables(offsets: NearOffsets, withinMm: number): NearTables {
  const beyond = offsets.squares.findIndex((square) => Math.sqrt(square) > withinMm);
  const squares = beyond < 0 ? offsets.squares : offsets.squares.subarray(0, beyond);
  const classes = offsets.square.filter((square) => square < squares.length).length;
  const rings = ringsOf(offsets, classes);
  const slots = 2 * Math.ceil(rings.length / 2);
  const tiers = Math.ceil(squares.length / TIER_RANKS);
  const classesAt = HEAD_BYTES;
  const ringsAt = classesAt + classes * CLASS_BYTES;
  const tiersAt = ringsAt + slots * RING_BYTES;
  const tierBytes = (1 + slots) * RANKS_BYTES;
  const bytes = new Uint8Array(tiersAt + tiers * tierBytes);
  const u32 = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2);
  const reachY = Math.max(...rings.map(({ dy }) => dy));
  const reachZ = Math.max(...rings.map(({ dz }) => dz));
  u32.set([classes, classesAt, tiers, slots, reachY, reachZ, ringsAt, tiersAt]);
  for (let i = 0; i < classes; i++) {
    const at = classesAt + i * CLASS_BYTES;
    bytes.set([offsets.dx[i] as number, offsets.dy[i] as number, offsets.dz[i] as number], at);
    u32[(at >>> 2) + 1] = offsets.square[i] as number;
  }
  rings.forEach(({ dy, dz }, r) => {
    u32[(ringsAt >>> 2) + r] = dy | (dz << 16);
  });
  for (let tier = 0; tier < tiers; tier++) {
    const at = tiersAt + tier * tierBytes;
    u32[at >>> 2] = writeTier(rings, tier * TIER_RANKS, bytes.subarray(at + RANKS_BYTES, at + tierBytes));
  }
  return { bytes, squares, reachY, reachZ, rings: slots };
}

function ringsOf(offsets: NearOffsets, classes: number): Ring[] {
  const rings = new Map<number, Ring>();
  for (let i = 0; i < classes; i++) {
    const [dy, dz] = [offsets.dy[i] as number, offsets.dz[i] as number];
    const key = dy * 256 + dz;
    const ring = rings.get(key) ?? { dy, dz, squares: [] };
    rings.set(key, ring);
    ring.squares[offsets.dx[i] as number] = offsets.square[i] as number;
  }
  return [...rings.values()];
}

/** The ranks of the squares from `first` on. @returns how many rings have any, or may be in the way; an even number. */
function writeTier(rings: readonly Ring[], first: number, out: Uint8Array): number {
  let needed = 0;
  rings.forEach(({ squares }, r) => {
    const nearest = squares[0] as number;
    if (nearest >= first + TIER_RANKS) return;
    needed = r + 1;
    for (let dx = 0; dx <= NEAR_X; dx++) {
      const rank = TIER_RANKS - ((squares[dx] ?? Number.POSITIVE_INFINITY) - first);
      if (rank > 0 && rank <= TIER_RANKS) out[r * RANKS_BYTES + dx] = rank;
    }
    // The first rank is also the best that is left from here on. Nobody is asked in this tier who has one of an earlier.
    if (nearest < first) out[r * RANKS_BYTES] = TIER_RANKS;
  });
  return 2 * Math.ceil(needed / 2);
}

/** Room for the kernel's own: see `near` in assembly/near.ts. */
export function nearScratchBytes(shape: GridShape, { reachY, reachZ, rings }: NearTables): number {
  const columns = 4 * (((shape.x1 - (shape.x0 & ~3)) >> 4) + 1);
  const rows = 4 * Math.ceil((shape.ny + 1) / 4) + 8 * Math.ceil(reachY / 4);
  const planes = Math.min(2 * reachZ + 1, surfacePlanes(shape) - 2 * shape.padZ) + 1;
  return 64 + 16 * rings + 4 * (4 * columns + 32) + 4 * columns * rows * planes;
}
