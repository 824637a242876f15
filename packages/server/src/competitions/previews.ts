import type { PreviewKind } from "@medforge/contracts/datasets";

/**
 * What of a dataset the portal can show, and which file is the mask of which image: both by names alone, as
 * docs/dataset-formats.md has it.
 */

const ENDINGS: Readonly<Record<PreviewKind, readonly string[]>> = {
  volume: [".nii", ".nii.gz"],
  image: [".png", ".jpg", ".jpeg"],
  table: [".csv", ".tsv"],
};
const KINDS = Object.keys(ENDINGS) as readonly PreviewKind[];

const CONTENT_TYPES: readonly (readonly [ending: string, type: string])[] = [
  [".nii.gz", "application/gzip"],
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".csv", "text/csv; charset=utf-8"],
  [".tsv", "text/tab-separated-values; charset=utf-8"],
];

/** A folder of images, and what the one with their masks beside it may be called. */
const MASK_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  images: ["labels", "masks"],
  imagesTr: ["labelsTr"],
};
/** nnU-Net counts the channels of an image in its name; they share one mask. */
const CHANNEL = /_\d{4}(?=\.nii(\.gz)?$)/;

/** In lower case: names that end so in any case are of this kind. */
export function endingsOf(kind: PreviewKind): readonly string[] {
  return ENDINGS[kind];
}

/** Null: it can be downloaded, not shown. */
export function previewKind(path: string): PreviewKind | null {
  return KINDS.find((kind) => ENDINGS[kind].some((ending) => path.toLowerCase().endsWith(ending))) ?? null;
}

/** Never one that a browser would run. */
export function contentTypeOf(path: string): string {
  const known = CONTENT_TYPES.find(([ending]) => path.toLowerCase().endsWith(ending));
  return known?.[1] ?? "application/octet-stream";
}

/** Where the mask of this volume would lie, the likeliest first; nothing for what is in no folder of images. */
export function maskPlaces(path: string): string[] {
  if (previewKind(path) !== "volume") return [];
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  const at = folders.findLastIndex((folder) => Object.hasOwn(MASK_FOLDERS, folder));
  if (at < 0) return [];
  const names = CHANNEL.test(name) ? [name, name.replace(CHANNEL, "")] : [name];
  return (MASK_FOLDERS[folders[at] ?? ""] ?? []).flatMap((folder) =>
    names.map((own) => [...folders.with(at, folder), own].join("/")),
  );
}
