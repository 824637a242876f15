import "../arktype-settings.ts";

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import { listingSha256 } from "@medforge/scoring/holdout-sha256";
import { type } from "arktype";

import { hashFile, isFolder, isMissing, readTree, type TreeFile } from "./tree.ts";

/** A dataset as an organiser hands it in: `dataset.json`, and its files in `files/` beside it. */

export const DESCRIPTION_FILE = "dataset.json";
export const FILES_FOLDER = "files";
const JSON_BYTES_MAX = 1 << 20;

/** Text in one line that people read. */
const line = (lengthMax: number) =>
  type(/^(?!\s)[^\p{Cc}\u2028\u2029]+(?<!\s)$/u)
    .describe("a line of text without blanks at its ends")
    .and(type(`string <= ${lengthMax}`));

const Description = type({
  "+": "reject",
  slug: type(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .describe("lower-case letters, digits and single hyphens")
    .and(type("string <= 63")),
  title: line(200),
  /** Markdown. */
  description: "1 <= string <= 100000",
  licence: line(200),
  /** A URL or a citation. */
  source: line(500),
  exposure: "'external' | 'internal' | 'both'",
});
export type DatasetDescription = typeof Description.infer;

export interface FoundDataset {
  readonly description: DatasetDescription;
  readonly filesFolder: string;
  readonly files: readonly TreeFile[];
  readonly bytes: number;
  readonly treeSha256: string;
}

export type ReadDataset =
  | { readonly ok: true; readonly value: FoundDataset }
  /** Each with the file it is of as `entry` and, in `dataset.json`, the key as `path`. */
  | { readonly ok: false; readonly faults: readonly FieldError[] };

/** Reads all of it, changes nothing, and finds every fault at once. */
export async function readDataset(folder: string): Promise<ReadDataset> {
  const description = await readDescription(join(folder, DESCRIPTION_FILE));
  const filesFolder = join(folder, FILES_FOLDER);
  const tree = (await isFolder(filesFolder)) ? await readTree(filesFolder) : undefined;
  const faults = [...(Array.isArray(description) ? description : []), ...faultsOf(tree)];
  if (Array.isArray(description) || tree === undefined || faults.length > 0) return { ok: false, faults };
  const { files } = tree;
  return {
    ok: true,
    value: {
      description,
      filesFolder,
      files,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      treeSha256: await listingSha256(files.map(({ path, sha256 }) => ({ name: path, sha256 }))),
    },
  };
}

function faultsOf(tree: Awaited<ReturnType<typeof readTree>> | undefined): FieldError[] {
  const inFolder = (message: string) => [{ path: "", entry: FILES_FOLDER, message }];
  if (tree === undefined) return inFolder("is missing, or not a folder");
  if (tree.faults.length > 0) {
    return tree.faults.map((fault) => ({ ...fault, entry: `${FILES_FOLDER}/${fault.entry}` }));
  }
  return tree.files.length === 0 ? inFolder("has no files") : [];
}

async function readDescription(path: string): Promise<DatasetDescription | FieldError[]> {
  const wrong = (message: string, key = "") => ({ path: key, entry: DESCRIPTION_FILE, message });
  let json: unknown;
  try {
    // Also refuses a link, and what is no file at all.
    if ((await hashFile(path)).bytes > JSON_BYTES_MAX) return [wrong("is longer than 1 MiB")];
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return [wrong("is not JSON")];
    if (isMissing(error)) return [wrong("is missing")];
    return [wrong("cannot be read as a plain file")];
  }
  const read = Description(json);
  if (!(read instanceof type.errors)) return read;
  return [...read].map((fault) => wrong(fault.problem, fault.path.join(".")));
}
