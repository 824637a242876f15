import type { Competition } from "@medforge/db/queries/competitions";
import type { Deps } from "@medforge/server/deps";

import { withBook } from "../book.ts";
import { table } from "../progress.ts";

const PAGE = 200;

/** `competition list`: all of both surfaces, retired ones too. */
export async function list(): Promise<number> {
  return withBook(async (deps) => {
    const rows = (await all(deps)).map((one) => [
      one.slug,
      one.exposure.toLowerCase(),
      stateOf(one),
      one.title,
    ]);
    console.log(table([["SLUG", "SURFACE", "STATE", "TITLE"], ...rows]));
    return 0;
  });
}

async function all({ db }: Pick<Deps, "db">): Promise<Competition[]> {
  const found: Competition[] = [];
  for (let after: string | undefined; ; ) {
    const page = await db.competitions.page(undefined, after, PAGE);
    found.push(...page);
    after = page.at(-1)?.slug;
    if (page.length < PAGE) return found;
  }
}

function stateOf(one: Competition): string {
  if (one.retiredAt !== null) return "retired";
  return one.targetIdentityId === one.boardIdentityId ? "open" : "open, being re-scored";
}
