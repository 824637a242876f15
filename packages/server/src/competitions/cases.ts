import type { ScoreReport } from "@medforge/scoring";

/** What a run keeps of each case, and how it is packed into one column of the database. */

export interface Cases {
  readonly ids: readonly string[];
  /** By the component's key; null for a case that does not count. Only of components that are means over cases. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

/** In a statement it is twice as long, and MariaDB takes 16 MiB in one packet when nobody has changed its settings. */
export const PACKED_BYTES_MAX = 6 * 1024 ** 2;

/** @returns null for a report of more cases than can be kept: it has a score, but no values per case */
export function packCases(report: ScoreReport): Uint8Array | null {
  const values = report.components.flatMap(({ key, perCase }) =>
    perCase === undefined ? [] : [[key, perCase] as const],
  );
  const cases: Cases = { ids: report.caseIds, values: Object.fromEntries(values) };
  const packed = Bun.gzipSync(new TextEncoder().encode(JSON.stringify(cases)));
  return packed.length > PACKED_BYTES_MAX ? null : packed;
}

export function unpackCases(packed: Uint8Array): Cases {
  return JSON.parse(new TextDecoder().decode(Bun.gunzipSync(Buffer.from(packed))));
}
