import { copyFile, readdir } from "node:fs/promises";
import { extname, join, resolve } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import { evaluationFolder } from "@medforge/server/competitions/folders";
import type { Deps } from "@medforge/server/deps";

export interface Demo {
  readonly file: string;
  /** Of the competition's surface: `external`. */
  readonly surface: string;
}

/**
 * Writes the competition's sample submission, which its import has checked and scored. Nothing of the holdout is in it:
 * it lies with the public evaluation data. `<slug>-demo.csv` or `.zip` in the folder unless `to` names a file.
 * @throws MedforgeError `not_found`
 */
export async function writeDemo(
  { db, config }: Pick<Deps, "db" | "config">,
  slug: string,
  place: { readonly folder: string; readonly to: string | undefined },
): Promise<Demo> {
  const competition = await db.competitions.bySlug(slug);
  const identity =
    competition === undefined ? undefined : await db.scoreIdentities.byId(competition.targetIdentityId);
  if (competition === undefined || identity === undefined) {
    throw new MedforgeError(
      "not_found",
      `There is no competition ${JSON.stringify(slug)}; \`./medforge competition list\` lists them.`,
    );
  }
  const folder = evaluationFolder(config.folders, slug, identity.publicSha256);
  const sample = (await readdir(folder)).find((name) => name.startsWith("sample_submission."));
  if (sample === undefined) throw new MedforgeError("not_found", `${slug} has no sample submission.`);
  const file = resolve(place.folder, place.to ?? `${slug}-demo${extname(sample)}`);
  await copyFile(join(folder, sample), file);
  return { file, surface: competition.exposure.toLowerCase() };
}

/** What a person types to submit a file. */
export function submitCommand(url: string, surface: string, slug: string, file: string): string {
  return `curl -s -H "Cookie: $login" -F file=@${file} ${url}/api/v2/${surface}/competitions/${slug}/submissions`;
}
