import { type Static, Type } from "@sinclair/typebox";

import { Bytes, Exactly, Instant, OrNull } from "./fields.ts";
import { PackExposure } from "./packs.ts";

/** A dataset's or a competition's slug. */
export const CatalogueSlug = Type.String({ maxLength: 63, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" });
export const DatasetParam = Exactly({ slug: CatalogueSlug });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

export const Dataset = Exactly({
  slug: CatalogueSlug,
  title: Type.String(),
  description: Type.String({ description: "Markdown" }),
  licence: Type.String(),
  source: Type.String({ description: "a URL or a citation" }),
  exposure: PackExposure,
  files: Type.Integer({ minimum: 1 }),
  bytes: Bytes,
  tree_sha256: Type.String({
    ...Sha256,
    description:
      "of the listing of its files: `find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`",
  }),
  mount_path: Type.String({ description: "where a session reads it", examples: ["/datasets/cifar-100"] }),
  imported_at: Instant,
  retired_at: OrNull(Type.String({ ...Instant, description: "New sessions do not get it any more." })),
});
export type Dataset = Static<typeof Dataset>;

/** What the portal can show: NIfTI, PNG and JPEG, CSV and TSV. */
export const PreviewKind = Type.Union([Type.Literal("volume"), Type.Literal("image"), Type.Literal("table")]);
export type PreviewKind = Static<typeof PreviewKind>;

export const DatasetDetails = Exactly({
  ...Dataset.properties,
  previews: Exactly({
    volume: Type.Integer({ minimum: 0 }),
    image: Type.Integer({ minimum: 0 }),
    table: Type.Integer({ minimum: 0 }),
  }),
});
export type DatasetDetails = Static<typeof DatasetDetails>;

export const DatasetFile = Exactly({
  path: Type.String({
    description: "for `…/files/{file}`, percent-encoded with its slashes",
    examples: ["train/images/a.nii.gz"],
  }),
  bytes: Bytes,
  sha256: Sha256,
  preview: OrNull(PreviewKind),
  mask: OrNull(
    Exactly(
      { path: Type.String(), bytes: Bytes },
      { description: "its mask: same name, in `labels/` or `masks/` beside `images/`" },
    ),
  ),
});
export type DatasetFile = Static<typeof DatasetFile>;

export const DatasetFileParam = Exactly({ slug: CatalogueSlug, file: Type.String({ maxLength: 512 }) });
