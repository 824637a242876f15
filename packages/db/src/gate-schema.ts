import { char, index, mysqlTable, smallint } from "drizzle-orm/mysql-core";

import { instant, uuid } from "./columns.ts";
import { authSessions, sessions } from "./schema.ts";

/** How somebody who is logged in on the portal gets in on a session's host. */

/** Both belong to a login, and so to its user, and to one host: that of a port of a session. */
const bound = {
  /** SHA-256 of the secret, in hex. The secret itself is stored nowhere. */
  tokenHash: char("token_hash", { length: 64 }).primaryKey(),
  loginId: uuid("login_id").notNull(),
  sessionId: uuid("session_id").notNull(),
  port: smallint("port", { unsigned: true }).notNull(),
};

/** Shown once within a minute for an app login. Using one deletes it: that is what makes it work only once. */
export const sessionTickets = mysqlTable(
  "session_tickets",
  {
    ...bound,
    loginId: bound.loginId.references(() => authSessions.id, { onDelete: "cascade" }),
    sessionId: bound.sessionId.references(() => sessions.id),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [index("session_tickets_expires").on(t.expiresAt)],
);

/** The credential behind the cookie on a session's host. Good as long as its login, the right and the session are. */
export const appLogins = mysqlTable("app_logins", {
  ...bound,
  loginId: bound.loginId.references(() => authSessions.id, { onDelete: "cascade" }),
  sessionId: bound.sessionId.references(() => sessions.id),
  createdAt: instant("created_at").notNull(),
  /** When it was found to be good no more and its streams were cut; they are cut once more before it is forgotten. */
  endedAt: instant("ended_at"),
});
