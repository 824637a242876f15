import { ScoringError } from "./errors.ts";
import type { Input } from "./score/types.ts";
import { sha256 } from "./sha256.ts";
import { bytesSource, sourceOf } from "./source.ts";
import { plainName } from "./tables/zip-names.ts";

const encoder = new TextEncoder();

/** One file of a holdout. */
export interface HoldoutFile {
  /** Relative to the holdout's folder, with forward slashes: `holdout.csv`, `skeletons/a.nii.gz`. */
  readonly name: string;
  readonly content: Input;
}

/**
 * What `holdout_sha256` of a manifest pins: the hash of all files' listing, see `listingSha256`.
 * @throws ScoringError `holdout_invalid` for no file at all, a name twice, or one that is no plain relative name.
 */
export async function holdoutSha256(files: Iterable<HoldoutFile>): Promise<string> {
  const lines: ListedFile[] = [];
  const all = [...files];
  checkNames(all);
  for (const { name, content } of all) lines.push({ name, sha256: await sha256(sourceOf(content)) });
  return listingSha256(lines);
}

/** One file whose content is known by its hash. */
export interface ListedFile {
  /** Relative, with forward slashes. */
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * The SHA-256 of a listing, one line each of the file's SHA-256, two blanks and its name, in the order of the names'
 * UTF-8 bytes. So anyone can find it without this package, inside the folder:
 * `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
 * @throws ScoringError `holdout_invalid` for no file at all, a name twice, or one that is no plain relative name.
 */
export async function listingSha256(files: Iterable<ListedFile>): Promise<string> {
  const listing = checkNames([...files]).map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  return sha256(bytesSource(encoder.encode(listing.join(""))));
}

/** @returns the files in the order of their names' bytes */
function checkNames<File extends { readonly name: string }>(files: readonly File[]): File[] {
  const all = files.map((file) => ({ file, bytes: encoder.encode(file.name) }));
  if (all.length === 0) throw new ScoringError("holdout_invalid", "It has no files.");
  if (all.some(({ bytes }) => plainName(bytes) === undefined))
    throw new ScoringError("holdout_invalid", "A file's name is not a plain relative name.");
  all.sort((a, b) => compareBytes(a.bytes, b.bytes));
  if (all.some(({ file }, at) => at > 0 && file.name === all[at - 1]?.file.name))
    throw new ScoringError("holdout_invalid", "Two files have one name.");
  return all.map(({ file }) => file);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
