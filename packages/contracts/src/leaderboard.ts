import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull } from "./fields.ts";

const Rank = Type.Integer({ minimum: 1 });
const interval = (bound: typeof Rank | ReturnType<typeof Type.Number>, description: string) =>
  OrNull(Exactly({ low: bound, high: bound }, { description }));

export const LeaderboardLine = Exactly({
  rank: Rank,
  display_name: Type.String(),
  is_me: Type.Boolean(),
  score: Type.Number({
    description:
      "Rounded to the displayed decimals; the order goes by the exact score, then by `submitted_at`",
  }),
  submitted_at: Instant,
  submissions: Type.Integer({ minimum: 1, description: "Scored ones that were not withdrawn" }),
  interval: interval(Type.Number(), "95 % of the score, over resampled cases; null until it is computed"),
  rank_interval: interval(Rank, "95 % of the rank, over resampled cases"),
  first_probability: OrNull(Type.Number({ minimum: 0, maximum: 1 })),
  tier: OrNull(
    Type.Integer({
      minimum: 1,
      description: "Not separable from the best of the same tier; null for fewer than 30 cases",
    }),
  ),
  rank_by: Type.Partial(Exactly({ median: Rank, "rank-then-mean": Rank }), {
    description: "The rank under other ways to aggregate the same cases",
  }),
});
export type LeaderboardLine = Static<typeof LeaderboardLine>;

export const Leaderboard = Exactly({
  lines: Type.Array(LeaderboardLine),
  me: OrNull(LeaderboardLine),
  direction: Type.Union([Type.Literal("higher-is-better"), Type.Literal("lower-is-better")]),
  rescoring: Type.Boolean({ description: "A re-score is under way; this is the board from before it" }),
  statistics: OrNull(
    Exactly({
      seed: Type.String(),
      resamples: Type.Integer(),
      cases: Type.Integer(),
      lines: Type.Integer({ description: "The best lines, which the statistics are of" }),
      up_to_date: Type.Boolean({ description: "false: the board has changed since they were computed" }),
      aggregations: Type.Array(
        Exactly({
          by: Type.Union([Type.Literal("median"), Type.Literal("rank-then-mean")]),
          kendall_tau: OrNull(Type.Number({ minimum: -1, maximum: 1 })),
        }),
      ),
    }),
  ),
});
export type Leaderboard = Static<typeof Leaderboard>;

export const ExportedBoard = Exactly({
  json: Type.String({ description: "RFC 8785: the same board is the same bytes" }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$", description: "of the UTF-8 bytes of `json`" }),
});

export const RescoreWish = Exactly({
  submissions: Type.Optional(
    Type.Array(Id, { minItems: 1, maxItems: 1000, description: "Left out: all that count" }),
  ),
});

export const Rescore = Exactly({
  queued: Type.Integer({ minimum: 0, description: "Submissions that wait to be scored because of this" }),
  new_versions: Type.Boolean({ description: "With another scorer or other metrics than before" }),
});
