import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Competition } from "@medforge/db/queries/competitions";

import type { Deps } from "../deps.ts";

/** @throws MedforgeError `not_found`, also for one of the other surface */
export async function competitionAt(
  deps: Pick<Deps, "db">,
  surface: Exposure,
  slug: string,
): Promise<Competition> {
  const competition = await deps.db.competitions.bySlug(slug);
  if (competition === undefined || competition.exposure !== surface) {
    throw new MedforgeError("not_found", "There is no such competition on this surface.");
  }
  return competition;
}
