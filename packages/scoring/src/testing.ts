import { existsSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Where the conformance vectors lie: MEDFORGE_SCORING_VECTORS, or `../shared/scoring-vectors` beside the repository.
 * Without them the suites that need them are skipped and say why in their name.
 */
export function vectorsFolder(): { readonly folder: string | undefined; readonly reason: string } {
  const beside = resolve(import.meta.dirname, "../../../../shared/scoring-vectors");
  const folder = process.env.MEDFORGE_SCORING_VECTORS ?? beside;
  if (existsSync(folder)) return { folder, reason: "" };
  return { folder: undefined, reason: `: skipped, ${folder} does not exist (set MEDFORGE_SCORING_VECTORS)` };
}
