import type { Dataset } from "@medforge/contracts/datasets";
import type { Dataset as Row } from "@medforge/db/queries/datasets";

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
