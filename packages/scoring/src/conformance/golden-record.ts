import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import recorded from "./golden.json" with { type: "json" };

/** SHA-256 of the results over these vectors, file by file, so that a change that nobody meant is seen years later. */
export interface GoldenRecord {
  /** SHA-256 of the vectors' manifest.json, which holds the digest of every other file. */
  readonly vectors: string;
  readonly results: Readonly<Record<string, string>>;
}

/** What `golden.json` says. A result that differs from it needs a new version of its metric and of the package. */
export const goldenRecord: GoldenRecord = recorded;

/** @param manifest the vectors' manifest.json */
export function recordOf(manifest: Uint8Array, text: string): GoldenRecord {
  const lines = new Map<string, string>();
  for (const [line, file = ""] of text.matchAll(/^"([^"]*)" .*\n/gm)) {
    lines.set(file, (lines.get(file) ?? "") + line);
  }
  return {
    vectors: sha256(manifest),
    results: Object.fromEntries([...lines].map(([file, all]) => [file, sha256(all)])),
  };
}

export async function writeRecord(record: GoldenRecord): Promise<void> {
  await writeFile(join(import.meta.dirname, "golden.json"), `${JSON.stringify(record, null, 2)}\n`);
}

function sha256(of: string | Uint8Array): string {
  return createHash("sha256").update(of).digest("hex");
}
