import { existsSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Where the conformance vectors lie: MEDFORGE_SCORING_VECTORS, or `../shared/scoring-vectors` beside the repository.
 * Without them the lane `conformance` is skipped and says the reason.
 */
export function vectorsFolder(): { readonly folder: string | undefined; readonly reason: string } {
  const beside = resolve(import.meta.dirname, "../../../../../shared/scoring-vectors");
  const folder = process.env.MEDFORGE_SCORING_VECTORS ?? beside;
  if (existsSync(folder)) return { folder, reason: "" };
  return { folder: undefined, reason: `${folder} does not exist; set MEDFORGE_SCORING_VECTORS` };
}
