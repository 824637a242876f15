import { and, eq, inArray, isNotNull, isNull, lt, lte, ne, or } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { appLogins } from "../gate-schema.ts";
import { authSessions, sessions, users } from "../schema.ts";
import type { Login } from "./logins.ts";
import type { Session } from "./sessions.ts";
import type { User } from "./users.ts";

export type AppLogin = typeof appLogins.$inferSelect;

/** With what decides whether it is still good. */
export interface AppLoginDetails {
  readonly tokenHash: string;
  readonly endedAt: number | null;
  readonly login: Login;
  readonly user: User;
  readonly session: Pick<Session, "id" | "slug" | "userId" | "exposure" | "state" | "address">;
}

export function appLoginQueries(q: Queryable) {
  return {
    /** Adds it, and forgets those of the same browser at the same host whose cookie it replaces. */
    async replace(app: AppLogin, olderThan: number): Promise<void> {
      await q.insert(appLogins).values(app);
      await q
        .delete(appLogins)
        .where(
          and(
            eq(appLogins.loginId, app.loginId),
            eq(appLogins.sessionId, app.sessionId),
            eq(appLogins.port, app.port),
            isNull(appLogins.endedAt),
            lt(appLogins.createdAt, olderThan),
          ),
        );
    },

    /**
     * Those that may be good no more, and those that have been ended; most of them are neither. Who may visit is not
     * decided here: a visitor who is not the owner, or comes to an internal session, is doubtful every time.
     */
    async doubtful(now: number, idleBefore: number): Promise<AppLoginDetails[]> {
      return q
        .select({
          tokenHash: appLogins.tokenHash,
          endedAt: appLogins.endedAt,
          login: authSessions,
          user: users,
          session: {
            id: sessions.id,
            slug: sessions.slug,
            userId: sessions.userId,
            exposure: sessions.exposure,
            state: sessions.state,
            address: sessions.address,
          },
        })
        .from(appLogins)
        .innerJoin(authSessions, eq(authSessions.id, appLogins.loginId))
        .innerJoin(users, eq(users.id, authSessions.userId))
        .innerJoin(sessions, eq(sessions.id, appLogins.sessionId))
        .where(
          or(
            isNotNull(appLogins.endedAt),
            isNotNull(authSessions.revokedAt),
            lte(authSessions.expiresAt, now),
            lte(authSessions.lastSeenAt, idleBefore),
            isNotNull(users.disabledAt),
            ne(sessions.state, "RUNNING"),
            ne(sessions.userId, users.id),
            eq(sessions.exposure, "INTERNAL"),
          ),
        );
    },

    async end(tokenHashes: readonly string[], at: number): Promise<void> {
      if (tokenHashes.length === 0) return;
      await q
        .update(appLogins)
        .set({ endedAt: at })
        .where(and(inArray(appLogins.tokenHash, [...tokenHashes]), isNull(appLogins.endedAt)));
    },

    async remove(tokenHashes: readonly string[]): Promise<void> {
      if (tokenHashes.length === 0) return;
      await q.delete(appLogins).where(inArray(appLogins.tokenHash, [...tokenHashes]));
    },
  };
}
