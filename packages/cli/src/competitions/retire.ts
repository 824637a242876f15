import { retireCompetition } from "@medforge/server/competitions/retire";

import { withBook } from "../book.ts";
import { note } from "../users.ts";
import { type Input, UsageError } from "../verb.ts";

/** `competition retire <slug>`: it takes no more submissions. */
export async function retire({ positionals: [slug] }: Input): Promise<number> {
  if (slug === undefined) throw new UsageError("Name the competition.");
  return withBook(async (deps) => {
    const { id } = await retireCompetition(deps, slug);
    await note(deps, "admin.competition.retire", id, { slug });
    console.log(
      `${slug} takes no more submissions; its board stays. Importing its bundle again opens it again.`,
    );
    return 0;
  });
}
