import type { Standing } from "@medforge/core/leaderboard";
import { and, eq, gt, lt, or, type SQL } from "drizzle-orm";

import { boardLines } from "../competitions-schema.ts";

/** The order of `core/leaderboard.ts` in SQL: three ranges of one index, so that no tie is ever read through. */

/** Lines behind this one. */
export function behind(standing: Standing): SQL | undefined {
  return beyond(standing, gt);
}

/** Lines better than this one. */
export function before(standing: Standing): SQL | undefined {
  return beyond(standing, lt);
}

function beyond({ sortKey, submittedAt, submissionId }: Standing, compare: typeof gt): SQL | undefined {
  const { sortKey: key, submittedAt: at, submissionId: id } = boardLines;
  return or(
    compare(key, sortKey),
    and(eq(key, sortKey), compare(at, submittedAt)),
    and(eq(key, sortKey), eq(at, submittedAt), compare(id, submissionId)),
  );
}
