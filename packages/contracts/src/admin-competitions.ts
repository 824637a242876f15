import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Instant, OrNull } from "./fields.ts";
import { Exposure } from "./sessions.ts";
import { CompetitionSlug, ScoreComponent } from "./submissions.ts";

/** What organisers see and do. Nothing of a holdout is in it, not even its hash. */

export const AdminCompetition = Exactly({
  slug: CompetitionSlug,
  title: Type.String(),
  exposure: Exposure,
  dataset_slug: OrNull(CompetitionSlug),
  scorer_version: Type.String({ description: "that new submissions are scored with" }),
  metric_versions: Type.String({ examples: ["dice=dice-v1,hd95=hd95-v1"] }),
  rescoring: Type.Boolean({
    description:
      "The board still shows the scores from before the last change; it switches at once when all are there.",
  }),
  created_at: Instant,
  updated_at: Instant,
  retired_at: OrNull(Instant),
});
export type AdminCompetition = Static<typeof AdminCompetition>;

const BoardEntry = Exactly({
  rank: Type.Integer({ minimum: 1 }),
  entry: Type.Union([Type.Literal("perfect"), Type.Literal("sample_submission")]),
  score: Type.Number(),
  components: Type.Array(ScoreComponent),
});

/** What a dry run found: nothing was written. */
export const CompetitionCheck = Exactly({
  slug: CompetitionSlug,
  title: Type.String(),
  exposure: Exposure,
  task: Type.String(),
  cases: Type.Integer({ minimum: 0, description: "that are scored" }),
  board: Type.Array(BoardEntry, {
    description: "as the sample submission and a perfect one would make it",
  }),
  notices: Type.Array(Type.String(), { description: "No fault, and may still not be what was meant." }),
});
export type CompetitionCheck = Static<typeof CompetitionCheck>;

export const CompetitionImport = Exactly({
  competition: AdminCompetition,
  change: Type.Union([Type.Literal("added"), Type.Literal("changed"), Type.Literal("unchanged")], {
    description:
      "changed: submissions are scored again, and the board switches when all are. unchanged: this very bundle had been imported before.",
  }),
  notices: Type.Array(Type.String()),
});
export type CompetitionImport = Static<typeof CompetitionImport>;
