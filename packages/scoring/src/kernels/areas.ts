/**
 * Lengths and areas of surface elements: the piece of the classical marching cubes (Lorensen and Cline, SIGGRAPH 1987)
 * in a cube of 2×2×2 voxel centres, with vertices at the edge midpoints; cubes with more than four voxels set use the
 * piece of the complement. Derived here from the rule, not from anybody's table:
 *
 * Where exactly two corners of a face's edge cycle differ, the piece cuts the face between these edges; where the
 * face's diagonal corners are set, each set corner is cut off by itself. These cuts join into closed loops. Loops of
 * three, four, and six around one corner are planar; a loop of five splits into a triangle at the middle one of its
 * three corners and a planar quadrangle, a loop of six along a chain of four corners into four triangles.
 *
 * A planar polygon's area is half the length of Σ pᵢ × pᵢ₊₁, whose components are small whole numbers of quarters times
 * two spacings. Codes with the same numbers, mirrored ones for example, form one class with exactly one area.
 */
type Corner = readonly [number, number, number];
/** An edge by its set corner and its other corner. */
interface Edge {
  readonly set: number;
  readonly clear: number;
}
/** |Σ pᵢ × pᵢ₊₁| per component, in quarters of spacing products (yz, xz, xy). */
type Facet = readonly [number, number, number];

export interface SurfaceClasses {
  /** Class of each of the 256 codes. Code bits: 128 for the voxel before in x, y and z; 64, 32, 16: see `CORNERS`. */
  readonly ofCode: Uint8Array;
  /** The facets of each class. */
  readonly facets: readonly (readonly Facet[])[];
}

/** Corner i stands for bit `128 >> i`: x is the slowest. */
const CORNERS: readonly Corner[] = Array.from({ length: 8 }, (_, i) => [(i >> 2) & 1, (i >> 1) & 1, i & 1]);

let known3d: SurfaceClasses | undefined;
let known2d: SurfaceClasses | undefined;

/** For images of three axes. */
export function surfaceClasses(): SurfaceClasses {
  known3d ??= classesOf((code) => facetsOfCode(code));
  return known3d;
}

/**
 * For images of two axes, with the same codes: both planes of the cube are the same image. The facets are flat walls of
 * depth 1 in z, so that with a z spacing of 1 the area of a class is its length.
 */
export function lineClasses(): SurfaceClasses {
  known2d ??= classesOf((code) => wallsOfCode(code));
  return known2d;
}

/** The area (mm²; mm for lines with `spacing[2]` 1) of each class. */
export function classAreas(
  classes: SurfaceClasses,
  spacing: readonly [number, number, number],
): Float64Array {
  const [sx, sy, sz] = spacing;
  return Float64Array.from(classes.facets, (facets) => {
    let area = 0;
    for (const [yz, xz, xy] of facets) {
      const a = yz * (sy * sz);
      const b = xz * (sx * sz);
      const c = xy * (sx * sy);
      // Half the length, in quarters.
      area += Math.sqrt(a * a + b * b + c * c) / 8;
    }
    return area;
  });
}

function classesOf(facetsOf: (code: number) => Facet[]): SurfaceClasses {
  const ofCode = new Uint8Array(256);
  const facets: Facet[][] = [];
  const index = new Map<string, number>();
  for (let code = 0; code < 256; code++) {
    const own = facetsOf(code).sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const key = own.join(";");
    let at = index.get(key);
    if (at === undefined) {
      at = facets.push(own) - 1;
      index.set(key, at);
    }
    ofCode[code] = at;
  }
  return { ofCode, facets };
}

/** Pixels before/after in x and y, from the plane z = 0 of the cube. */
function wallsOfCode(code: number): Facet[] {
  const has = (x: number, y: number) => (code >> (7 - 4 * x - 2 * y)) & 1;
  const set = has(0, 0) + has(0, 1) + has(1, 0) + has(1, 1);
  if (set === 0 || set === 4) return [];
  // Half a pixel's diagonal is (sx/2, sy/2); eighths of a facet are quarters of the doubled cross product.
  const half: Facet = [4, 4, 0];
  if (set !== 2) return [half];
  if (has(0, 0) === has(1, 1)) return [half, half];
  return has(0, 0) === has(0, 1) ? [[8, 0, 0]] : [[0, 8, 0]];
}

function facetsOfCode(code: number): Facet[] {
  const setCount = CORNERS.filter((_, i) => isSet(code, i)).length;
  if (setCount === 0 || setCount === 8) return [];
  const used = setCount > 4 ? 255 - code : code;
  return loopsOf(used).flatMap(planarPieces).map(facetOf);
}

function isSet(code: number, corner: number): boolean {
  return ((code >> (7 - corner)) & 1) === 1;
}

/** The closed loops of cut edges. */
function loopsOf(code: number): Edge[][] {
  const edges = new Map<string, Edge>();
  const next = new Map<string, string[]>();
  const name = (edge: Edge) => `${edge.set}-${edge.clear}`;
  const join = (a: Edge, b: Edge) => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      edges.set(name(one), one);
      next.set(name(one), [...(next.get(name(one)) ?? []), name(other)]);
    }
  };
  for (const face of FACES) {
    const cut: Edge[] = [];
    face.forEach((corner, i) => {
      const after = face[(i + 1) % 4] ?? 0;
      if (isSet(code, corner) !== isSet(code, after)) {
        cut.push(isSet(code, corner) ? { set: corner, clear: after } : { set: after, clear: corner });
      }
    });
    const [a, b, c, d] = cut;
    if (!a || !b) continue;
    if (!c || !d) join(a, b);
    else if (a.set === b.set) [join(a, b), join(c, d)];
    else [join(b, c), join(d, a)];
  }
  const loops: Edge[][] = [];
  const seen = new Set<string>();
  for (const start of edges.keys()) {
    const loop: Edge[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      const edge = edges.get(at);
      if (edge) loop.push(edge);
      at = next.get(at)?.find((other) => !seen.has(other));
    }
    if (loop.length > 0) loops.push(loop);
  }
  return loops;
}

/** The four corners of each face, in a cycle. */
const FACES: readonly (readonly number[])[] = [4, 2, 1].flatMap((axis) => {
  const [u, v] = [4, 2, 1].filter((other) => other !== axis);
  return [0, axis].map((side) => [side, side + (u ?? 0), side + (u ?? 0) + (v ?? 0), side + (v ?? 0)]);
});

function planarPieces(loop: readonly Edge[]): Edge[][] {
  const at = (i: number): Edge => loop[(i + loop.length) % loop.length] as Edge;
  const edgesOf = (corner: number) => loop.filter((edge) => edge.set === corner).length;
  if (loop.length === 5) {
    const middle = loop.findIndex((edge) => edgesOf(edge.set) === 1);
    return [
      [at(middle - 1), at(middle), at(middle + 1)],
      [at(middle + 1), at(middle + 2), at(middle + 3), at(middle + 4)],
    ];
  }
  if (loop.length === 6 && loop.some((edge) => edgesOf(edge.set) === 1)) {
    // Along the chain a–b–c–d the loop is a a b d d c. It is folded between the a after c and the d after b.
    const b = loop.findIndex((edge) => edgesOf(edge.set) === 1);
    const fold = neighbours(at(b).set, at(b - 1).set) ? b + 1 : b + 2;
    return [0, 3].flatMap((turn) => [
      [at(fold + turn), at(fold + turn + 1), at(fold + turn + 3)],
      [at(fold + turn + 1), at(fold + turn + 2), at(fold + turn + 3)],
    ]);
  }
  return [[...loop]];
}

function neighbours(a: number, b: number): boolean {
  const differing = a ^ b;
  return differing === 1 || differing === 2 || differing === 4;
}

function facetOf(polygon: readonly Edge[]): Facet {
  // Twice the midpoint, so that everything is whole.
  const points = polygon.map(({ set, clear }) => {
    const [a, b] = [CORNERS[set] as Corner, CORNERS[clear] as Corner];
    return [a[0] + b[0], a[1] + b[1], a[2] + b[2]] as const;
  });
  let [x, y, z] = [0, 0, 0];
  points.forEach((p, i) => {
    const q = points[(i + 1) % points.length] ?? p;
    x += p[1] * q[2] - p[2] * q[1];
    y += p[2] * q[0] - p[0] * q[2];
    z += p[0] * q[1] - p[1] * q[0];
  });
  return [Math.abs(x), Math.abs(y), Math.abs(z)];
}
