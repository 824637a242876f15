import { type Static, Type } from "@sinclair/typebox";

import { CatalogueSlug } from "./datasets.ts";
import { Bytes, Exactly, Instant, OrNull } from "./fields.ts";

/** What everyone on its surface may know of a competition: nothing of the holdout, not even how large it is. */

const Direction = Type.Union([Type.Literal("higher-is-better"), Type.Literal("lower-is-better")]);

export const CompetitionMetric = Exactly({
  key: Type.String({ description: "under which its number is reported", examples: ["dice"] }),
  name: Type.String(),
  version: Type.String({ examples: ["dice-v1"] }),
  primary: Type.Boolean(),
  direction: Direction,
  unit: Type.String({ examples: ["mm", "1"] }),
  definition: Type.String(),
  empty: Type.String({ description: "what empty or degenerate input gives" }),
  source: Type.String({ description: "paper or standard" }),
  parameters: Type.Record(
    Type.String(),
    Type.Union([Type.Number(), Type.String(), Type.Array(Type.Number())]),
  ),
});

const shown = {
  slug: CatalogueSlug,
  title: Type.String(),
  task: Type.Union([
    Type.Literal("classification"),
    Type.Literal("tabular"),
    Type.Literal("detection"),
    Type.Literal("segmentation-rle"),
    Type.Literal("segmentation-nifti"),
    Type.Literal("regression"),
    Type.Literal("survival"),
  ]),
  dataset_slug: OrNull(CatalogueSlug),
  submissions_per_day_max: Type.Integer({ minimum: 0 }),
  labels_publicly_known: Type.Boolean(),
  board: Exactly(
    { users: Type.Integer({ minimum: 0 }), submissions: Type.Integer({ minimum: 0 }) },
    { description: "who is on the board, and how many of their submissions were scored" },
  ),
  created_at: Instant,
  retired_at: OrNull(Type.String({ ...Instant, description: "It takes no more submissions." })),
};

export const Competition = Exactly({ ...shown, primary_metric: CompetitionMetric });
export type Competition = Static<typeof Competition>;

/** A public file beside the rules. */
export const PublicFile = Exactly({
  name: Type.String({
    description: "for `…/public/{file}`, percent-encoded with its slashes",
    examples: ["ids.csv", "inputs/a.nii.gz"],
  }),
  bytes: Bytes,
});
export type PublicFile = Static<typeof PublicFile>;

export const CompetitionDetails = Exactly({
  ...shown,
  description: Type.String({ description: "Markdown" }),
  metrics: Type.Array(CompetitionMetric),
  id_column: Type.String(),
  target_columns: Type.Array(Type.String()),
  classes: OrNull(Type.Integer()),
  labels: OrNull(Type.Array(Type.Integer())),
  empty_cases: Type.Union([Type.Literal("perfect"), Type.Literal("zero"), Type.Literal("leave-out")]),
  missing_cases: Type.Union([Type.Literal("refuse"), Type.Literal("empty-prediction")]),
  geometry_tolerance_mm: Type.Number(),
  evaluation_split_version: Type.String(),
  scoring_mode: Type.String(),
  leaderboard_rule: Type.String(),
  evaluation_policy: Type.String(),
  limits: Exactly({
    file_bytes_max: Bytes,
    expanded_bytes_max: Bytes,
    cases_max: Type.Integer(),
    voxels_max: Type.Integer(),
  }),
  owners_see_cases: Type.Boolean({
    description: "whether you see the values per case of your own submissions",
  }),
  displayed_decimals: Type.Integer({ minimum: 0 }),
  rescoring: Type.Boolean({
    description: "The board still shows the scores from before the last change; it switches at once.",
  }),
  remaining_today: Type.Integer({ minimum: 0, description: "of your submissions, in UTC days" }),
  resets_at: Instant,
  sample_submission: OrNull(PublicFile),
  ids: OrNull(PublicFile),
});
export type CompetitionDetails = Static<typeof CompetitionDetails>;

export const PublicFileParam = Exactly({ slug: CatalogueSlug, file: Type.String({ maxLength: 512 }) });
