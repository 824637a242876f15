/** Numbers as the vectors write them: JSON has no NaN and no infinities. */
export type VectorNumber = number | "NaN" | "Infinity" | "-Infinity";
/** `null` stands for "left out". */
export type VectorValue = VectorNumber | null | string | boolean | readonly VectorValue[] | VectorRecord;
export interface VectorRecord {
  readonly [key: string]: VectorValue;
}

/** What we computed, in the shape of the vectors. */
export type Result =
  | number
  | null
  | string
  | boolean
  | readonly Result[]
  | { readonly [key: string]: Result };

/** Largest relative error by name of the quantity; counts are 0. */
export type Tolerance = (path: string) => number;

export function number(value: VectorNumber): number {
  return Number(value);
}

export function column(values: readonly VectorNumber[]): Float64Array {
  return Float64Array.from(values, Number);
}

/**
 * Compares everything that the vectors expect with what we got, and says what differs. A quantity that we did not
 * compute is a difference; one that only we compute is not.
 */
export function differencesFrom(
  expected: VectorValue,
  got: Result | undefined,
  tolerance: Tolerance,
  path = "",
): string[] {
  if (got === undefined) return [`${path}: not computed`];
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) {
      return [`${path}: ${expected.length} values expected, got ${JSON.stringify(got)}`];
    }
    return expected.flatMap((one: VectorValue, i) =>
      differencesFrom(one, got[i] as Result, tolerance, `${path}[${i}]`),
    );
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof got !== "object" || got === null) return [`${path}: a record expected, got ${String(got)}`];
    const ours = got as { readonly [key: string]: Result };
    return Object.entries(expected as VectorRecord).flatMap(([key, one]) =>
      differencesFrom(one, ours[key], tolerance, path === "" ? key : `${path}.${key}`),
    );
  }
  return isClose(expected as VectorNumber | null, got, tolerance(path))
    ? []
    : [`${path}: expected ${String(expected)}, got ${String(got)}`];
}

function isClose(expected: string | number | boolean | null, got: Result, relative: number): boolean {
  if (typeof got !== "number") return got === expected;
  if (expected === null || typeof expected === "boolean") return false;
  const wanted = Number(expected);
  if (Number.isNaN(wanted)) return Number.isNaN(got);
  if (got === wanted) return true;
  return Number.isFinite(wanted) && Math.abs(got - wanted) <= relative * Math.abs(wanted);
}
