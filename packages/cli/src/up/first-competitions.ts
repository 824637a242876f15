import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { permanentCompetitions } from "@medforge/competitions/catalogue";
import { PrepareError } from "@medforge/competitions/errors";
import { prepareBundle } from "@medforge/competitions/prepare";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import { importBundle } from "@medforge/server/competitions/import";
import type { Deps } from "@medforge/server/deps";

import { step } from "../progress.ts";

/** Those that need no download, the one to show first. */
export const FIRST_COMPETITIONS = [
  { slug: "phantom-lesion-segmentation", madeUp: false },
  { slug: "titanic-survival", madeUp: true },
] as const;

/**
 * Afterwards a newcomer has something to submit to. What is there under these slugs, retired or not, is the
 * organiser's and stays as it is. One that cannot be imported is told and keeps nobody from working.
 * @returns a line for each that was not there
 */
export async function seedCompetitions(deps: Deps): Promise<string[]> {
  const lines: string[] = [];
  for (const { slug, madeUp } of FIRST_COMPETITIONS) {
    if ((await deps.db.competitions.bySlug(slug)) !== undefined) continue;
    try {
      await step(`importing ${slug}`, () => importPermanent(deps, slug, madeUp));
      lines.push(`imported the competition ${slug}`);
    } catch (error) {
      if (!(error instanceof MedforgeError || error instanceof PrepareError)) throw error;
      const faults = error instanceof MedforgeError ? error.fields.map(({ message }) => message) : [];
      lines.push([`${slug} was not imported: ${error.message}`, ...faults].join("\n    "));
    }
  }
  return lines;
}

async function importPermanent(deps: Deps, slug: string, madeUp: boolean): Promise<void> {
  const permanent = permanentCompetitions[slug];
  assert(permanent !== undefined, `${slug} is a permanent competition`);
  // Only we may enter it: it holds a holdout.
  const folder = await mkdtemp(join(tmpdir(), "medforge-bundle-"));
  try {
    const { folder: bundle } = await prepareBundle(permanent, { to: join(folder, slug), madeUp });
    await importBundle(deps, bundle);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
