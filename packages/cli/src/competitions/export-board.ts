import { exportBoard as boardOf } from "@medforge/server/competitions/export-board";

import { withBook } from "../book.ts";
import { type Input, UsageError } from "../verb.ts";

/** `competition export-board <slug> [--to <file>]`: the JSON to stdout or the file, its SHA-256 to stderr. */
export async function exportBoard({ positionals: [slug], text }: Input): Promise<number> {
  if (slug === undefined) throw new UsageError("Name the competition.");
  const to = text("to");
  return withBook(async (deps) => {
    const { json, sha256 } = await boardOf(deps, slug);
    // Not process.stdout: what a pipe has not taken yet would be lost when the command ends.
    await Bun.write(to ?? Bun.stdout, json);
    console.error(`SHA-256 ${sha256}`);
    return 0;
  });
}
