import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Instant, OrNull } from "./fields.ts";
import { Handle } from "./me.ts";
import { CompetitionSlug } from "./submissions.ts";

/** What members see of each other across competitions. */

const Rank = Type.Integer({ minimum: 1 });
const People = Type.Integer({ minimum: 0, description: "on its board" });
const Points = Type.Integer({ minimum: 0 });

export const HandleParam = Exactly({ handle: Handle });

export const RankingLine = Exactly({
  rank: Type.Integer({ minimum: 1, description: "Equal points share one" }),
  handle: Handle,
  display_name: Type.String(),
  is_me: Type.Boolean(),
  points: Points,
  competitions: Type.Integer({ minimum: 1, description: "that count and on whose board they stand" }),
});
export type RankingLine = Static<typeof RankingLine>;

export const Rankings = Exactly({
  lines: Type.Array(RankingLine),
  me: OrNull(RankingLine),
  listed: Type.Boolean({ description: "false: you asked not to be in rankings" }),
  people: Type.Integer({ minimum: 0, description: "in this ranking" }),
  counted: Type.Array(Exactly({ slug: CompetitionSlug, title: Type.String(), people: People })),
  left_out: Type.Array(Exactly({ slug: CompetitionSlug, title: Type.String() }), {
    description: "The right answers of these are public, so a place on their boards is worth no points",
  }),
});
export type Rankings = Static<typeof Rankings>;

export const ProfileEntry = Exactly({
  slug: CompetitionSlug,
  title: Type.String(),
  retired_at: OrNull(Instant),
  rank: Rank,
  people: People,
  score: Type.Number({ description: "The best one, rounded to the displayed decimals" }),
  displayed_decimals: Type.Integer({ minimum: 0 }),
  tier: OrNull(Type.Integer({ minimum: 1 })),
  points: OrNull(Points),
});
export type ProfileEntry = Static<typeof ProfileEntry>;

export const Profile = Exactly({
  handle: Handle,
  display_name: Type.String(),
  member_since: Instant,
  is_me: Type.Boolean(),
  listed: Type.Boolean({ description: "false: only you see this" }),
  ranking: OrNull(Exactly({ rank: Rank, people: Type.Integer({ minimum: 1 }), points: Points })),
  competitions: Type.Array(ProfileEntry, { description: "of this surface, by slug" }),
});
export type Profile = Static<typeof Profile>;
