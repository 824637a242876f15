import { Arena, bufferBacking } from "./arena.ts";
import { components } from "./plain/components.ts";
import { crop } from "./plain/crop.ts";
import { buildBricks, buildTree, collect, far } from "./plain/far.ts";
import { near } from "./plain/near.ts";
import { overlap } from "./plain/overlap.ts";
import { pack } from "./plain/pack.ts";
import { sortDistances } from "./plain/sort.ts";
import { cornerClasses, cornerSurface, voxelSurface } from "./plain/surfaces.ts";

/** A plain kernel without its first argument: an engine knows its own memory. */
type Bound<F> = F extends (m: never, ...rest: infer R) => infer T ? (...rest: R) => T : never;

/**
 * The expensive steps, all over one arena. Each is documented where it is written in plain TypeScript. Whoever
 * allocates between two calls may do so; addresses stay.
 */
export interface Engine {
  readonly name: "plain" | "wasm";
  readonly arena: Arena;
  readonly pack: Bound<typeof pack>;
  readonly overlap: Bound<typeof overlap>;
  readonly crop: Bound<typeof crop>;
  readonly cornerSurface: Bound<typeof cornerSurface>;
  readonly cornerClasses: Bound<typeof cornerClasses>;
  readonly voxelSurface: Bound<typeof voxelSurface>;
  readonly near: Bound<typeof near>;
  readonly collect: Bound<typeof collect>;
  readonly buildBricks: Bound<typeof buildBricks>;
  readonly buildTree: Bound<typeof buildTree>;
  readonly far: Bound<typeof far>;
  readonly sortDistances: Bound<typeof sortDistances>;
  readonly components: Bound<typeof components>;
}

/** Plain TypeScript: runs anywhere, and is the oracle of the other one. */
export function plainEngine(): Engine {
  const arena = new Arena(bufferBacking(), 64);
  return {
    name: "plain",
    arena,
    pack: (...a) => pack(arena.views, ...a),
    overlap: (...a) => overlap(arena.views, ...a),
    crop: (...a) => crop(arena.views, ...a),
    cornerSurface: (...a) => cornerSurface(arena.views, ...a),
    cornerClasses: (...a) => cornerClasses(arena.views, ...a),
    voxelSurface: (...a) => voxelSurface(arena.views, ...a),
    near: (...a) => near(arena.views, ...a),
    collect: (...a) => collect(arena.views, ...a),
    buildBricks: (...a) => buildBricks(arena.views, ...a),
    buildTree: (...a) => buildTree(arena.views, ...a),
    far: (...a) => far(arena.views, ...a),
    sortDistances: (...a) => sortDistances(arena.views, ...a),
    components: (...a) => components(arena.views, ...a),
  };
}
