import { type Static, Type } from "@sinclair/typebox";

import { CatalogueSlug } from "./datasets.ts";
import { Bytes, Exactly, Id, Instant, OrNull } from "./fields.ts";

export const CompetitionSlug = CatalogueSlug;
export const CompetitionParam = Exactly({ slug: CompetitionSlug });
export const SubmissionParam = Exactly({ slug: CompetitionSlug, id: Id });

export const SubmissionState = Type.Union([
  Type.Literal("queued"),
  Type.Literal("scoring"),
  Type.Literal("scored"),
  Type.Literal("failed"),
]);

/** One reported number of a score. */
export const ScoreComponent = Exactly({
  key: Type.String({ examples: ["dice"] }),
  name: Type.String(),
  version: Type.String({ examples: ["dice-v1"] }),
  direction: Type.Union([Type.Literal("higher-is-better"), Type.Literal("lower-is-better")]),
  unit: Type.String(),
  value: OrNull(Type.Number({ description: "null where it is not a finite number" })),
});
export type ScoreComponent = Static<typeof ScoreComponent>;

const ScoreWarning = Exactly({ code: Type.String(), message: Type.String() });

export const Submission = Exactly({
  id: Id,
  competition: CompetitionSlug,
  file_name: Type.String({ description: "as its owner called it" }),
  file_bytes: Bytes,
  file_sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  state: SubmissionState,
  queue_position: OrNull(
    Type.Integer({ minimum: 1, description: "1 is next; null unless queued, and beyond 10,000" }),
  ),
  score: OrNull(Type.Number({ description: "the primary metric" })),
  components: Type.Array(ScoreComponent),
  warnings: Type.Array(ScoreWarning),
  error: OrNull(
    Exactly(
      { code: Type.String(), detail: Type.String() },
      { description: "Why it is failed. `internal_error` did not count against the daily cap." },
    ),
  ),
  created_at: Instant,
  scored_at: OrNull(Instant),
  withdrawn_at: OrNull(Instant),
});
export type Submission = Static<typeof Submission>;

/** Where submissions of several competitions stand in one list. */
export const RecentSubmission = Exactly({
  ...Submission.properties,
  competition_title: Type.String(),
  displayed_decimals: Type.Integer({ minimum: 0 }),
});
export type RecentSubmission = Static<typeof RecentSubmission>;

export const SubmissionDetails = Exactly({
  ...Submission.properties,
  cases: OrNull(
    Exactly(
      {
        ids: Type.Array(Type.String()),
        values: Type.Record(Type.String(), Type.Array(OrNull(Type.Number()))),
      },
      { description: "Values per case and component, where the competition shows them to their owner." },
    ),
  ),
});
export type SubmissionDetails = Static<typeof SubmissionDetails>;

/** What the sender of a file is told. */
export const SubmissionReceipt = Exactly({
  submission: Submission,
  /** An earlier submission of the same bytes: nothing new was queued. */
  identical_to: OrNull(Id),
  daily_cap: Type.Integer({ minimum: 0 }),
  remaining_today: Type.Integer({ minimum: 0, description: "in UTC days" }),
  resets_at: Instant,
});
export type SubmissionReceipt = Static<typeof SubmissionReceipt>;

export const AnySubmission = Exactly({
  ...Submission.properties,
  user_id: Id,
  attempts: Type.Integer({ minimum: 0, description: "claims by a worker so far" }),
});
export type AnySubmission = Static<typeof AnySubmission>;
