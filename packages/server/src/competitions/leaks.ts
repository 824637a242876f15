import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import { readMask, ScoringError } from "@medforge/scoring";

import type { CompetitionFolders } from "../config.ts";
import type { Bundle } from "./bundle.ts";
import { isIn } from "./folders.ts";
import type { TreeFile } from "./tree.ts";

/** Where the answers of a bundle would get out. Found by what files are, and by what they are called. */

const NAMED_LIKE_ONE = /(^|\/)holdouts?(\.[^/]*)?(\/|$)/i;

/** @param folders two of which people can look into: a bundle has no place there */
export async function leakFaults(bundle: Bundle, folders: CompetitionFolders): Promise<FieldError[]> {
  const hidden = new Map<string, TreeFile>();
  for (const file of bundle.holdout) if (file.bytes > 0) hidden.set(file.sha256, file);
  const faults: FieldError[] = [];
  if (isIn(bundle.folder, folders.datasets) || isIn(bundle.folder, folders.evaluation)) {
    const message = "lies in a folder that people can look into: move the bundle away from there";
    faults.push({ path: "", entry: "holdout", message, code: "holdout_public" });
  }
  for (const { entry, path, sha256 } of publicFiles(bundle)) {
    const wrong = (message: string) => faults.push({ path: "", entry, message, code: "holdout_public" });
    const same = hidden.get(sha256);
    if (NAMED_LIKE_ONE.test(path)) wrong("is called like a holdout, and everybody may read it");
    else if (same !== undefined && !(await saysNothing(join(bundle.folder, "holdout", same.path))))
      wrong("has the very bytes of a file of the holdout, and everybody may read it");
  }
  return faults;
}

interface PublicFile extends TreeFile {
  readonly entry: string;
}

function publicFiles({ shown, dataset, sample }: Bundle): PublicFile[] {
  return [
    { ...sample, entry: sample.path },
    ...shown.map((file) => ({ ...file, entry: `public/${file.path}` })),
    ...(dataset?.files ?? []).map((file) => ({ ...file, entry: `dataset/files/${file.path}` })),
  ];
}

/** A mask of nothing is the same wherever nothing was found: a training case may have one too. */
async function saysNothing(path: string): Promise<boolean> {
  if (!/\.nii(\.gz)?$/.test(path)) return false;
  try {
    const mask = await readMask(new Uint8Array(await readFile(path)));
    return mask.labels.every((label) => label === 0);
  } catch (error) {
    if (error instanceof ScoringError) return false;
    throw error;
  }
}
