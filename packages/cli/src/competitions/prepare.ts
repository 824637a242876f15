import { permanentCompetitions } from "@medforge/competitions/catalogue";
import { prepareBundle } from "@medforge/competitions/prepare";
import { nearest } from "@medforge/core/nearest";
import type { Config } from "@medforge/server/config";

import { places } from "../host/places.ts";
import { step } from "../progress.ts";
import { currentConfig } from "../settings.ts";
import { type Input, UsageError } from "../verb.ts";

/** `competition prepare <slug>`: the bundle of a permanent competition, from what the operator downloaded. */
export async function prepare({ positionals: [slug = ""], text, on }: Input): Promise<number> {
  const known = Object.keys(permanentCompetitions);
  const permanent = Object.hasOwn(permanentCompetitions, slug) ? permanentCompetitions[slug] : undefined;
  if (permanent === undefined) {
    const hint = slug === "" ? `Name one of ${known.join(", ")}.` : `Did you mean ${nearest(slug, known)}?`;
    throw new UsageError(`There is no permanent competition ${JSON.stringify(slug)}. ${hint}`);
  }
  const to = text("to");
  if (to === undefined) throw new UsageError("Say where the bundle goes: --to <folder>.");
  const made = await step(`preparing ${slug}`, () =>
    prepareBundle(permanent, {
      to,
      from: text("from"),
      madeUp: on("made-up"),
      part: on("part"),
      shown: shownFolders(currentConfig(places())),
    }),
  );
  console.log(`${made.folder}: ${made.holdoutRows} hidden rows, holdout ${made.holdoutSha256}`);
  console.log(`Next: ./medforge competition check ${to}, then the same with import`);
  return 0;
}

/** Where a server of this checkout keeps what people can look into. */
export function shownFolders(config: Config | undefined): string[] {
  return config === undefined ? [] : [config.folders.datasets, config.folders.evaluation];
}
