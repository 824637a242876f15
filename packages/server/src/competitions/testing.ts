import { mkdirSync, rmSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Tables } from "@medforge/db/database";
import {
  addCompetition,
  addSubmission,
  newId,
  type TestCompetition,
} from "@medforge/db/testing-competitions";
import { packageVersion } from "@medforge/scoring";
import { sha256 } from "@medforge/scoring/sha256";
import { bytesSource } from "@medforge/scoring/source";

import { readConfig } from "../config.ts";
import { csv, TINY_MANIFEST, tinyCompetition } from "../scorer/testing.ts";
import { holdoutFolder, submissionFile } from "./folders.ts";

/** The tiny competition of `scorer/testing.ts` as it is after an import, and submissions as they are after an upload. */

export interface ImportedTiny extends TestCompetition {
  readonly holdout: string;
  /** A queued submission of a file with these labels. */
  submit(userId: string, labels: readonly number[], at?: number): Promise<{ id: string; runId: string }>;
}

export async function importTiny(
  db: Tables,
  environment: Readonly<Record<string, string>>,
  wish: { readonly slug?: string; readonly scorerVersion?: string } = {},
): Promise<ImportedTiny> {
  const { folders, stateDir } = readConfig(environment);
  const scratch = join(stateDir, `tiny-${newId()}`);
  mkdirSync(scratch, { recursive: true });
  const tiny = await tinyCompetition(scratch);
  const competition = await addCompetition(db, {
    slug: wish.slug ?? `tiny-${newId().slice(-12)}`,
    manifest: TINY_MANIFEST,
    holdoutSha256: tiny.holdoutSha256,
    scorerVersion: wish.scorerVersion ?? packageVersion,
    metricVersions: "accuracy=accuracy-v1",
  });
  const holdout = holdoutFolder(folders, competition.slug, tiny.holdoutSha256);
  mkdirSync(dirname(holdout), { recursive: true });
  await cp(tiny.holdoutDir, holdout, { recursive: true });
  rmSync(scratch, { recursive: true });
  return {
    ...competition,
    holdout,
    submit: async (userId, labels, at) => {
      const bytes = new TextEncoder().encode(csv(labels));
      // Made backwards: an order by id is never by accident the right one.
      const id = newId(at === undefined ? at : 2 * Date.UTC(2026, 0, 2) - at);
      const file = submissionFile(folders, id);
      mkdirSync(dirname(file), { recursive: true });
      await writeFile(file, bytes);
      const { runId } = await addSubmission(db, competition, {
        userId,
        id,
        fileSha256: await sha256(bytesSource(bytes)),
        ...(at !== undefined && { at }),
      });
      return { id, runId };
    },
  };
}
