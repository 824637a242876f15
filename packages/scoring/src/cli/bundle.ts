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
import type { Mask } from "../images/mask.ts";
import type { ImageSize } from "../masks/rle.ts";
import { readTableFile } from "../score/submission-table.ts";
import type { Holdout, PublicIds } from "../score/types.ts";
import type { Column } from "../tables/columns.ts";
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

/** `ids.csv`: the id column, with `width` and `height` for run-length masks; `geometry.json` by id for NIfTI. */
export async function readPublicIds(manifest: Manifest, folder: string): Promise<PublicIds> {
  const size: Column = { kind: "number", whole: true, min: 1, max: 100_000 };
  const isRle = manifest.task === "segmentation-rle";
  const file = await fileSource(join(folder, "ids.csv"));
  const table = await readTableFile(manifest, file, {
    [manifest.idColumn]: { kind: "text" },
    ...(isRle && { width: size, height: size }),
  });
  if (table.faults.length > 0) throw within(faultsError(table.faults), { file: "ids.csv" });
  const ids = table.columns[manifest.idColumn] as readonly string[];
  const geometry = await readGeometry(folder, ids);
  return {
    ids,
    ...(isRle && { sizes: sizesOf(table.columns) }),
    ...(geometry !== undefined && { geometry }),
  };
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

function sizesOf(columns: Readonly<Record<string, unknown>>): ImageSize[] {
  const [widths, heights] = [columns.width as Float64Array, columns.height as Float64Array];
  return Array.from(widths, (width, at) => ({ width, height: heights[at] as number }));
}

async function readGeometry(
  folder: string,
  ids: readonly string[],
): Promise<Pick<Mask, "shape" | "spacing" | "affine">[] | undefined> {
  const text = await textIfThere(join(folder, "geometry.json"));
  if (text === undefined) return undefined;
  const byId = JSON.parse(text) as Record<string, Pick<Mask, "shape" | "spacing" | "affine">>;
  return ids.map((id) => {
    const own = Object.hasOwn(byId, id) ? byId[id] : undefined;
    if (own === undefined)
      throw new ScoringError("manifest_conflict", "A case has no geometry.", { file: "geometry.json" });
    return own;
  });
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
