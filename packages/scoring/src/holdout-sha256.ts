import { ScoringError } from "./errors.ts";
import type { Input } from "./score/types.ts";
import { sha256 } from "./sha256.ts";
import { bytesSource, sourceOf } from "./source.ts";
import { plainName } from "./tables/zip-names.ts";

/** One file of a holdout. */
export interface HoldoutFile {
  /** Relative to the holdout's folder, with forward slashes: `holdout.csv`, `skeletons/a.nii.gz`. */
  readonly name: string;
  readonly content: Input;
}

/**
 * What `holdout_sha256` of a manifest pins: the SHA-256 of a listing of all files, one line each of its SHA-256, two
 * blanks and its name, in the order of the names' UTF-8 bytes. So anyone can find it without this package, inside the
 * folder: `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
 * @throws ScoringError `holdout_invalid` for no file at all, a name twice, or one that is no plain relative name.
 */
export async function holdoutSha256(files: Iterable<HoldoutFile>): Promise<string> {
  const encoder = new TextEncoder();
  const all = [...files].map((file) => ({ ...file, bytes: encoder.encode(file.name) }));
  if (all.length === 0) throw new ScoringError("holdout_invalid", "It has no files.");
  if (all.some(({ bytes }) => plainName(bytes) === undefined))
    throw new ScoringError("holdout_invalid", "A file's name is not a plain relative name.");
  all.sort((a, b) => compareBytes(a.bytes, b.bytes));
  let listing = "";
  let last = "";
  for (const { name, content } of all) {
    if (name === last) throw new ScoringError("holdout_invalid", "Two files have one name.");
    last = name;
    listing += `${await sha256(sourceOf(content))}  ${name}\n`;
  }
  return sha256(bytesSource(encoder.encode(listing)));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
