import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { holdoutSha256 } from "@medforge/scoring";
import { sha256 } from "@medforge/scoring/sha256";
import { bytesSource } from "@medforge/scoring/source";

import type { ScoreJob } from "./messages.ts";

/** A competition of four rows with the hidden labels 1, 0, 1, 1, for tests. */

const IDS = ["a", "b", "c", "d"];
const LABELS = [1, 0, 1, 1];

export const TINY_MANIFEST = JSON.stringify({
  slug: "tiny",
  title: "Tiny",
  description: "Four rows.",
  exposure: "external",
  dataset_slug: null,
  task: "tabular",
  classes: 2,
  id_column: "id",
  target_columns: ["label"],
  expected_rows: IDS.length,
  metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }],
  evaluation_split_version: "v1",
  submissions_per_day_max: 20,
});

export interface TinyCompetition {
  readonly publicDir: string;
  readonly holdoutDir: string;
  readonly holdoutSha256: string;
  /** A file with these labels for the first rows. */
  submission(labels: readonly number[]): Promise<ScoreJob>;
  /** For `broken-child.ts`: what it shall do. */
  broken(how: "hang" | "crash" | "hog" | "grow" | "slow" | "answer"): Promise<ScoreJob>;
}

export async function tinyCompetition(folder: string): Promise<TinyCompetition> {
  const [publicDir, holdoutDir] = [join(folder, "public"), join(folder, "holdout")];
  for (const path of [publicDir, holdoutDir]) mkdirSync(path, { recursive: true });
  await writeFile(join(publicDir, "ids.csv"), `id\n${IDS.join("\n")}\n`);
  const table = new TextEncoder().encode(csv(LABELS));
  await writeFile(join(holdoutDir, "holdout.csv"), table);
  const pinned = await holdoutSha256([{ name: "holdout.csv", content: table }]);
  const job = { manifest: TINY_MANIFEST, holdoutDir, holdoutSha256: pinned };
  let files = 0;
  return {
    publicDir,
    holdoutDir,
    holdoutSha256: pinned,
    submission: async (labels) => {
      const bytes = new TextEncoder().encode(csv(labels));
      const file = join(folder, `submission-${files++}`);
      await writeFile(file, bytes);
      return { ...job, file, fileSha256: await sha256(bytesSource(bytes)) };
    },
    broken: async (how) => ({ ...job, file: how, fileSha256: "" }),
  };
}

export function csv(labels: readonly number[]): string {
  return `id,label\n${labels.map((label, at) => `${IDS[at]},${label}\n`).join("")}`;
}
