import { importBundle } from "@medforge/server/competitions/import";

import { withBook } from "../book.ts";
import { step } from "../progress.ts";
import { note } from "../users.ts";
import type { Input } from "../verb.ts";
import { bundleNamed, checkReport } from "./check.ts";

const DONE = {
  added: "is there, and takes submissions.",
  changed: "is changed. What was submitted is scored again; the board switches when all of it is.",
  unchanged: "is as it was: this bundle had been imported before.",
} as const;

/** `competition import <bundle>`: afterwards members see it; the same bundle again changes nothing. */
export async function importCompetition(input: Input): Promise<number> {
  const bundle = bundleNamed(input);
  return withBook(async (deps) => {
    const { competition, change, checked } = await step("checking and importing", () =>
      importBundle(deps, bundle),
    );
    const { id, slug } = competition;
    if (change !== "unchanged") await note(deps, "admin.competition.import", id, { slug, change });
    console.log(`${checkReport(checked)}\n\n${slug} ${DONE[change]}`);
    return 0;
  });
}
