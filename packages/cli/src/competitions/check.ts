import { resolve } from "node:path";

import { type BoardEntry, type CheckedBundle, checkBundle } from "@medforge/server/competitions/check";

import { withBook } from "../book.ts";
import { step, table } from "../progress.ts";
import { type Input, UsageError } from "../verb.ts";

/** `competition check <bundle>`: every fault of it, or the board that it would make. Nothing is changed. */
export async function check(input: Input): Promise<number> {
  const bundle = bundleNamed(input);
  return withBook(async (deps) => {
    const checked = await step("reading and scoring", () => checkBundle(deps, bundle));
    console.log(checkReport(checked));
    console.log(`\nNo faults. Next: ./medforge competition import ${bundle}`);
    return 0;
  });
}

/** @throws UsageError */
export function bundleNamed({ positionals: [place] }: Input): string {
  if (place === undefined) throw new UsageError("Name the bundle: a folder, or a zip of it.");
  return resolve(place);
}

/** What the organiser of a bundle wants to see of it. */
export function checkReport({ manifest, cases, board, holdoutSha256, notices }: CheckedBundle): string {
  const keys = board[0]?.components.map(({ key }) => key) ?? [];
  const rows = board.map((line) => [String(line.rank), nameOf(line), ...valuesOf(line, keys)]);
  return [
    `${manifest.slug}: ${manifest.title} (${manifest.exposure}, ${manifest.task}, ${cases} cases)`,
    `holdout ${holdoutSha256}`,
    "",
    table([["RANK", "SUBMISSION", ...keys], ...rows]),
    ...(notices.length === 0 ? [] : ["", ...notices]),
  ].join("\n");
}

function nameOf({ entry }: BoardEntry): string {
  return entry === "perfect" ? "the holdout itself" : "the sample submission";
}

const DIGITS = 4;

function valuesOf({ components }: BoardEntry, keys: readonly string[]): string[] {
  return keys.map((key) => components.find((one) => one.key === key)?.value?.toFixed(DIGITS) ?? "none");
}
