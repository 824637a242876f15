import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import mysql from "mysql2/promise";

import { databaseFault } from "./faults.ts";
import { type HeldLock, tryLock } from "./lock.ts";
import { migrate, pendingMigrations } from "./migrate.ts";
import { announcementQueries } from "./queries/announcements.ts";
import { apiTokenQueries } from "./queries/api-tokens.ts";
import { appLoginQueries } from "./queries/app-logins.ts";
import { auditQueries } from "./queries/audit.ts";
import { boardQueries } from "./queries/boards.ts";
import { competitionQueries } from "./queries/competitions.ts";
import { datasetQueries } from "./queries/datasets.ts";
import { eventQueries } from "./queries/events.ts";
import { gateQueries } from "./queries/gate.ts";
import { gpuQueries } from "./queries/gpus.ts";
import { invitationQueries } from "./queries/invitations.ts";
import { loginAttemptQueries } from "./queries/login-attempts.ts";
import { loginQueries } from "./queries/logins.ts";
import { orphanQueries } from "./queries/orphans.ts";
import { packQueries } from "./queries/packs.ts";
import { rateLimitQueries } from "./queries/rate-limits.ts";
import { scoreIdentityQueries } from "./queries/score-identities.ts";
import { scoreRunQueries } from "./queries/score-runs.ts";
import { sessionTicketQueries } from "./queries/session-tickets.ts";
import { sessionQueries } from "./queries/sessions.ts";
import { spareNetworkQueries } from "./queries/spare-networks.ts";
import { sshKeyQueries } from "./queries/ssh-keys.ts";
import { submissionDayQueries } from "./queries/submission-days.ts";
import { submissionQueries } from "./queries/submissions.ts";
import { userQueries } from "./queries/users.ts";
import { workerQueries } from "./queries/workers.ts";
import { workspaceQueries } from "./queries/workspaces.ts";

/** What queries run on: the pool, or one transaction. */
export type Queryable = Pick<
  MySql2Database,
  "select" | "insert" | "update" | "delete" | "execute" | "transaction"
>;

const tables = (q: Queryable) => ({
  users: userQueries(q),
  logins: loginQueries(q),
  loginAttempts: loginAttemptQueries(q),
  apiTokens: apiTokenQueries(q),
  invitations: invitationQueries(q),
  appLogins: appLoginQueries(q),
  sessionTickets: sessionTicketQueries(q),
  sshKeys: sshKeyQueries(q),
  packs: packQueries(q),
  gpus: gpuQueries(q),
  orphans: orphanQueries(q),
  spareNetworks: spareNetworkQueries(q),
  workspaces: workspaceQueries(q),
  sessions: sessionQueries(q),
  events: eventQueries(q),
  audit: auditQueries(q),
  announcements: announcementQueries(q),
  rateLimits: rateLimitQueries(q),
  competitions: competitionQueries(q),
  datasets: datasetQueries(q),
  scoreIdentities: scoreIdentityQueries(q),
  scoreRuns: scoreRunQueries(q),
  submissions: submissionQueries(q),
  submissionDays: submissionDayQueries(q),
  boards: boardQueries(q),
  workers: workerQueries(q),
});

/** All the queries, one file a table. */
export type Tables = ReturnType<typeof tables>;

export interface Database extends Tables {
  /** Outside of transactions, on any connection. */
  readonly gate: ReturnType<typeof gateQueries>;
  /** READ COMMITTED, tried up to 5 times when it collides with another; `work` must only touch the database. */
  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T>;
  /** The server's version, for doctor and /readyz. @throws when it cannot be reached */
  ping(): Promise<string>;
  migrate(): Promise<number>;
  pendingMigrations(): Promise<number>;
  /** @returns undefined when another process holds it */
  tryLock(name: string): Promise<HeldLock | undefined>;
  close(): Promise<void>;
}

const TRANSACTION_TRIES = 5;

/**
 * Opens a pool; connects when first used and heals by itself after the server was away.
 * @param url `mysql://user:password@host/name`, or with `?socketPath=/path` for a unix socket
 */
export function openDatabase(url: string, options: { readonly connections?: number } = {}): Database {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: options.connections ?? 10,
    connectTimeout: 5_000,
    charset: "utf8mb4",
    timezone: "Z",
    enableKeepAlive: true,
  });
  pool.pool.on("connection", (connection) => {
    // Nothing may hang: a statement gets 30 s, a row lock 10 s.
    connection.query(
      "set time_zone = '+00:00', max_statement_time = 30, innodb_lock_wait_timeout = 10, sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO', tx_isolation = 'READ-COMMITTED'",
      (error) => {
        // A connection with other settings would give other answers: better none.
        if (error) connection.destroy();
      },
    );
  });
  const db = drizzle(pool, { mode: "planetscale" });

  async function transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction((tx) => work(tables(tx)));
      } catch (error) {
        if (attempt >= TRANSACTION_TRIES || databaseFault(error)?.is !== "contention") throw error;
      }
    }
  }

  async function onOneConnection<T>(work: (connection: mysql.Connection) => Promise<T>): Promise<T> {
    const connection = await pool.getConnection();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  }

  return {
    ...tables(db),
    gate: gateQueries(pool),
    transaction,
    ping: async () => {
      const [rows] = await pool.query("select version() as version");
      return (rows as { version: string }[])[0]?.version ?? "unknown";
    },
    migrate: () => onOneConnection(migrate),
    pendingMigrations: () => onOneConnection(pendingMigrations),
    tryLock: (name) => tryLock(url, name),
    close: () => pool.end(),
  };
}
