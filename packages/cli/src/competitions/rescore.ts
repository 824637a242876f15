import { rescore as rescoreAll, rescoreNamed } from "@medforge/server/competitions/rescore";

import { withBook } from "../book.ts";
import { note } from "../users.ts";
import { type Input, UsageError } from "../verb.ts";

/** `competition rescore <slug> [--submission <id>,…]` */
export async function rescore({ positionals: [slug], text }: Input): Promise<number> {
  if (slug === undefined) throw new UsageError("Name the competition.");
  const named = text("submission")?.split(",");
  return withBook(async (deps) => {
    const { queued, newVersions } =
      named === undefined ? await rescoreAll(deps, slug) : await rescoreNamed(deps, slug, named);
    await note(deps, "admin.competition.rescore", slug, { queued });
    if (queued === 0)
      console.log("Nothing to do: everything is scored by this scorer, these metrics and this bundle.");
    else console.log(`${queued} submissions wait to be scored${newVersions ? ", with new versions" : ""}.`);
    if (newVersions && queued > 0)
      console.log("The board shows the scores from before until the last of them is there.");
    return 0;
  });
}
