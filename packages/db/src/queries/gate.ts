import type { Exposure, SessionState } from "@medforge/core/session";
import type { Pool, RowDataPacket } from "mysql2/promise";

/** Whose request for a session's host may pass: all that the gate has to know, read in one go. */
export interface Visit {
  readonly session: {
    readonly userId: string;
    readonly exposure: Exposure;
    readonly state: SessionState;
    readonly address: string | null;
  };
  /** Undefined when nobody has an app login with that token. */
  readonly app: VisitingApp | undefined;
}

export interface VisitingApp {
  /** It is one for this session. */
  readonly here: boolean;
  readonly port: number;
  readonly ended: boolean;
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
    readonly disabled: boolean;
  };
}

/** Unix milliseconds, by the server: to read a date from text takes as long as all else of a row. */
const ms = (column: string) => `timestampdiff(microsecond, '1970-01-01', ${column}) div 1000`;

/**
 * Several questions in one statement that is always the same, so that the server prepares it once. Every join is by a
 * primary key or a unique index; the questions' texts have the database's collation, as the tables do.
 */
const VISITS = `
  select q.i, s.user_id, s.exposure, s.state, s.address,
    a.session_id = s.id, a.port, a.ended_at is not null,
    l.id, ${ms("l.revoked_at")}, ${ms("l.expires_at")}, ${ms("l.last_seen_at")},
    u.id, u.role, u.can_use_internal, u.disabled_at is not null
  from json_table(?, '$[*]' columns (
    i for ordinality, slug char(8) path '$[0]', token_hash char(64) path '$[1]'
  )) q
  straight_join sessions s on s.slug = q.slug
  left join app_logins a on a.token_hash = q.token_hash
  left join auth_sessions l on l.id = a.login_id
  left join users u on u.id = l.user_id`;

/** Columns go by their place. */
type VisitRow = readonly [
  question: number,
  ownerId: string,
  exposure: Exposure,
  state: SessionState,
  address: string | null,
  here: number | null,
  port: number,
  ended: number,
  loginId: string,
  revokedAt: number | null,
  expiresAt: number,
  lastSeenAt: number,
  userId: string,
  role: "member" | "admin",
  canUseInternal: number,
  disabled: number,
];

/** Of one statement. */
const QUESTIONS_MAX = 64;

interface Question {
  readonly slug: string;
  readonly tokenHash: string;
  readonly promise: Promise<Visit | undefined>;
  readonly resolve: (visit: Visit | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * On the pool itself and prepared by the server: this is asked for every page, picture and frame of every session, and
 * to build and read it through the query builder takes longer than to run it. One statement is under way at a time, and
 * what is asked meanwhile goes into the next one together: many cost little more than one. Who asks the same as somebody
 * who still waits shares the answer; what was sent is shared with nobody, as something may have changed since.
 */
export function gateQueries(pool: Pool) {
  let waiting = new Map<string, Question>();
  let underWay = false;

  function pump(): void {
    if (underWay || waiting.size === 0) return;
    const all = [...waiting];
    waiting = new Map(all.slice(QUESTIONS_MAX));
    const questions = all.slice(0, QUESTIONS_MAX).map(([, question]) => question);
    underWay = true;
    const asked = JSON.stringify(questions.map(({ slug, tokenHash }) => [slug, tokenHash]));
    // With a callback: the pool's promises note a stack trace each time, which takes as long as reading three rows.
    pool.pool.execute<RowDataPacket[][]>({ sql: VISITS, rowsAsArray: true }, [asked], (error, rows) => {
      underWay = false;
      pump();
      if (error === null) answer(questions, rows as unknown as VisitRow[]);
      else for (const { reject } of questions) reject(error);
    });
  }

  return {
    /**
     * @param tokenHash "" for a visitor without an app login
     * @returns undefined when there never was a session of that slug
     */
    visit(slug: string, tokenHash: string): Promise<Visit | undefined> {
      const key = `${slug} ${tokenHash}`;
      const before = waiting.get(key);
      if (before !== undefined) return before.promise;
      const question = { slug, tokenHash, ...Promise.withResolvers<Visit | undefined>() };
      waiting.set(key, question);
      pump();
      return question.promise;
    },
  };
}

/** Rows say which question they answer, counted from 1; one without a session has none. */
function answer(questions: readonly Question[], rows: readonly VisitRow[]): void {
  const visits: (Visit | undefined)[] = [];
  for (const row of rows) visits[row[0] - 1] = visitFrom(row);
  questions.forEach(({ resolve }, index) => {
    resolve(visits[index]);
  });
}

function visitFrom(row: VisitRow): Visit {
  const [, userId, exposure, state, address, here] = row;
  const session = { userId, exposure, state, address };
  if (here === null) return { session, app: undefined };
  return {
    session,
    app: {
      here: here === 1,
      port: row[6],
      ended: row[7] === 1,
      login: { id: row[8], revokedAt: row[9], expiresAt: row[10], lastSeenAt: row[11] },
      user: { id: row[12], role: row[13], canUseInternal: row[14] === 1, disabled: row[15] === 1 },
    },
  };
}
