import type { Exposure, SessionState } from "@medforge/core/session";
import type { Pool, RowDataPacket } from "mysql2/promise";

import { instantFrom } from "../columns.ts";

/** Whose request for a session's host may pass: all that the gate has to know, read in one go. */
export interface Visit {
  readonly session: {
    readonly id: string;
    readonly userId: string;
    readonly exposure: Exposure;
    readonly state: SessionState;
    readonly address: string | null;
  };
  /** Undefined when nobody has an app login with that token. */
  readonly app: VisitingApp | undefined;
}

export interface VisitingApp {
  readonly sessionId: string;
  readonly port: number;
  readonly endedAt: number | null;
  readonly login: {
    readonly id: string;
    readonly revokedAt: number | null;
    readonly expiresAt: number;
    readonly lastSeenAt: number;
  };
  readonly user: {
    readonly id: string;
    readonly role: "member" | "admin";
    readonly canUseInternal: boolean;
    readonly disabledAt: number | null;
  };
}

/** Every join is by a primary key or a unique index. Columns go by their place: see `visitFrom`. */
const VISIT = `
  select s.id, s.user_id, s.exposure, s.state, s.address,
    a.session_id, a.port, a.ended_at,
    l.id, l.revoked_at, l.expires_at, l.last_seen_at,
    u.id, u.role, u.can_use_internal, u.disabled_at
  from sessions s
  left join app_logins a on a.token_hash = ?
  left join auth_sessions l on l.id = a.login_id
  left join users u on u.id = l.user_id
  where s.slug = ?`;

type VisitRow = readonly [
  sessionId: string,
  ownerId: string,
  exposure: Exposure,
  state: SessionState,
  address: string | null,
  appSessionId: string | null,
  port: number,
  endedAt: string | null,
  loginId: string,
  revokedAt: string | null,
  expiresAt: string,
  lastSeenAt: string,
  userId: string,
  role: "member" | "admin",
  canUseInternal: number,
  disabledAt: string | null,
];

/**
 * On the pool itself and prepared by the server: this is asked for every page, picture and frame of every session, and
 * to build and read it through the query builder takes longer than to run it.
 */
export function gateQueries(pool: Pool) {
  return {
    /** @returns undefined when there never was a session of that slug */
    async visit(slug: string, appTokenHash: string): Promise<Visit | undefined> {
      const [rows] = await pool.execute<RowDataPacket[][]>(
        { sql: VISIT, rowsAsArray: true, dateStrings: true },
        [appTokenHash, slug],
      );
      const row = rows[0] as unknown as VisitRow | undefined;
      return row === undefined ? undefined : visitFrom(row);
    },
  };
}

function visitFrom(row: VisitRow): Visit {
  return {
    session: { id: row[0], userId: row[1], exposure: row[2], state: row[3], address: row[4] },
    app:
      row[5] === null
        ? undefined
        : {
            sessionId: row[5],
            port: row[6],
            endedAt: instantOrNull(row[7]),
            login: {
              id: row[8],
              revokedAt: instantOrNull(row[9]),
              expiresAt: instantFrom(row[10]),
              lastSeenAt: instantFrom(row[11]),
            },
            user: {
              id: row[12],
              role: row[13],
              canUseInternal: row[14] === 1,
              disabledAt: instantOrNull(row[15]),
            },
          },
  };
}

function instantOrNull(text: string | null): number | null {
  return text === null ? null : instantFrom(text);
}
