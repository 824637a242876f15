import { and, eq, inArray } from "drizzle-orm";

import { scoreIdentities } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type ScoreIdentity = typeof scoreIdentities.$inferSelect;

/** All that makes it the one it is; `score_identities_what` allows one of each. */
export type IdentityKey = Pick<
  ScoreIdentity,
  "competitionSlug" | "manifestSha256" | "holdoutSha256" | "publicSha256" | "scorerVersion" | "metricVersions"
>;

export function scoreIdentityQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `score_identities_what` when there is one of the same. */
    async add(identity: ScoreIdentity): Promise<void> {
      await q.insert(scoreIdentities).values(identity);
    },

    async like(key: IdentityKey): Promise<ScoreIdentity | undefined> {
      const { competitionSlug, manifestSha256, holdoutSha256, publicSha256, scorerVersion, metricVersions } =
        key;
      const rows = await q
        .select()
        .from(scoreIdentities)
        .where(
          and(
            eq(scoreIdentities.competitionSlug, competitionSlug),
            eq(scoreIdentities.manifestSha256, manifestSha256),
            eq(scoreIdentities.holdoutSha256, holdoutSha256),
            eq(scoreIdentities.publicSha256, publicSha256),
            eq(scoreIdentities.scorerVersion, scorerVersion),
            eq(scoreIdentities.metricVersions, metricVersions),
          ),
        )
        .limit(1);
      return rows[0];
    },

    async byId(id: string): Promise<ScoreIdentity | undefined> {
      return (await q.select().from(scoreIdentities).where(eq(scoreIdentities.id, id)).limit(1))[0];
    },

    /** What the scores of these identities are computed with, without their manifests; in no order. */
    async versions(
      ids: readonly string[],
    ): Promise<Pick<ScoreIdentity, "id" | "scorerVersion" | "metricVersions">[]> {
      if (ids.length === 0) return [];
      return q
        .select({
          id: scoreIdentities.id,
          scorerVersion: scoreIdentities.scorerVersion,
          metricVersions: scoreIdentities.metricVersions,
        })
        .from(scoreIdentities)
        .where(inArray(scoreIdentities.id, [...new Set(ids)]));
    },
  };
}
