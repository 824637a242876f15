import type { Dataset, DatasetDetails, DatasetFile, PreviewKind } from "@medforge/contracts/datasets";
import type { Dataset as Row, DatasetFile as RowOfFile } from "@medforge/db/queries/datasets";

import { endingsOf, maskPlaces, previewKind } from "../../competitions/previews.ts";
import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";

export function datasetOnWire(dataset: Row): Dataset {
  return {
    slug: dataset.slug,
    title: dataset.title,
    description: dataset.description,
    licence: dataset.licence,
    source: dataset.source,
    exposure: dataset.exposure,
    files: dataset.files,
    bytes: dataset.bytes,
    tree_sha256: dataset.treeSha256,
    mount_path: `/datasets/${dataset.slug}`,
    imported_at: instantText(dataset.createdAt),
    retired_at: instantOrNull(dataset.retiredAt),
  };
}

export async function detailsOnWire({ db }: Pick<Deps, "db">, dataset: Row): Promise<DatasetDetails> {
  const count = (kind: PreviewKind) => db.datasets.countFiles(dataset.id, endingsOf(kind));
  const [volume, image, table] = await Promise.all([count("volume"), count("image"), count("table")]);
  return { ...datasetOnWire(dataset), previews: { volume, image, table } };
}

/** Each with what can be shown of it; the masks of all of them are looked up at once. */
export async function filesOnWire(
  { db }: Pick<Deps, "db">,
  datasetId: string,
  files: readonly RowOfFile[],
): Promise<DatasetFile[]> {
  const places = new Map(files.map(({ path }) => [path, maskPlaces(path)]));
  const rows = await db.datasets.filesAt(datasetId, [...places.values()].flat());
  const masks = new Map(rows.map(({ path, bytes }) => [path, { path, bytes }]));
  return files.map((file) => ({
    ...file,
    preview: previewKind(file.path),
    mask: masks.get(places.get(file.path)?.find((place) => masks.has(place)) ?? "") ?? null,
  }));
}
