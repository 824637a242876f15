import { join } from "node:path";

import {
  isOlderForm,
  type Manifest,
  parseManifest,
  parseOlderManifest,
  type Validated,
  withOlderManifest,
} from "../competition.ts";
import { faultsError, ScoringError, within } from "../errors.ts";
import { holdoutSha256 } from "../holdout-sha256.ts";
import { publicIds } from "../score/public-ids.ts";
import type { Holdout, PublicIds } from "../score/types.ts";
import { fileSource, filesIn, imagesIn, readBytes, textIfThere } from "./files.ts";
import { UsageError } from "./terminal.ts";

/**
 * The manifest of a bundle or of its public part: `competition.json`. A `manifest.json` of the older form beside it
 * replaces the seven keys.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await textIfThere(join(folder, "competition.json"));
  if (text === undefined) throw new UsageError(`${folder} has no competition.json.`);
  const manifest = validOrThrow(parseManifest(text), "competition.json");
  const older = await textIfThere(join(folder, "manifest.json"));
  if (older === undefined || !isOlderText(older)) return manifest;
  return validOrThrow(
    withOlderManifest(manifest, validOrThrow(parseOlderManifest(older), "manifest.json")),
    "manifest.json",
  );
}

export async function readPublicIds(manifest: Manifest, folder: string): Promise<PublicIds> {
  const ids = await fileSource(join(folder, "ids.csv"));
  return publicIds(manifest, ids, await textIfThere(join(folder, "geometry.json")));
}

/** `holdout/`: one `.csv`, or one mask per case. Throws `holdout_changed` if it is not what the manifest pins. */
export async function readHoldout(manifest: Manifest, bundle: string): Promise<Holdout> {
  const folder = join(bundle, "holdout");
  if (manifest.holdoutSha256 !== null) await checkHoldout(folder, manifest.holdoutSha256);
  if (manifest.task !== "segmentation-nifti") return { table: await fileSource(join(folder, "holdout.csv")) };
  const images = await imagesIn(folder);
  return {
    ids: [...images.keys()],
    read: (id) => readBytes(images.get(id) ?? join(folder, id)),
  };
}

async function checkHoldout(folder: string, pinned: string): Promise<void> {
  const names = await filesIn(folder);
  const files = names.map(async (name) => ({ name, content: await fileSource(join(folder, name)) }));
  const found = await holdoutSha256(await Promise.all(files));
  if (found === pinned) return;
  // Only an organiser has this folder, so the hash may be shown: it is what a new manifest has to pin.
  throw new ScoringError(
    "holdout_changed",
    `The SHA-256 of ${folder} is ${found}, the manifest pins ${pinned}.`,
  );
}

function validOrThrow<Value>(validated: Validated<Value>, file: string): Value {
  if (validated.ok) return validated.value;
  throw within(faultsError(validated.faults), { file });
}

function isOlderText(text: string): boolean {
  try {
    return isOlderForm(JSON.parse(text));
  } catch {
    return true;
  }
}
