import { eq } from "drizzle-orm";

import { scoreIdentities } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type ScoreIdentity = typeof scoreIdentities.$inferSelect;

export function scoreIdentityQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `score_identities_what` when there is one of the same. */
    async add(identity: ScoreIdentity): Promise<void> {
      await q.insert(scoreIdentities).values(identity);
    },

    async byId(id: string): Promise<ScoreIdentity | undefined> {
      return (await q.select().from(scoreIdentities).where(eq(scoreIdentities.id, id)).limit(1))[0];
    },
  };
}
