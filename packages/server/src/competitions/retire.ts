import { MedforgeError } from "@medforge/core/errors";
import type { Competition } from "@medforge/db/queries/competitions";

import type { Deps } from "../deps.ts";

/**
 * Afterwards the competition takes no more submissions; its board and what was submitted stay. Importing its bundle
 * again opens it again.
 * @throws MedforgeError `not_found`
 */
export async function retireCompetition(
  deps: Pick<Deps, "db" | "clock">,
  slug: string,
): Promise<Competition> {
  const at = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const there = await tx.competitions.lock(slug);
    if (there === undefined) {
      throw new MedforgeError(
        "not_found",
        `There is no competition ${JSON.stringify(slug)}. \`./medforge competition list\` lists them.`,
      );
    }
    if (there.retiredAt !== null) return there;
    const change = { retiredAt: at, updatedAt: at };
    await tx.competitions.update(there.id, change);
    return { ...there, ...change };
  });
}
