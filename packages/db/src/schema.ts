import { EXPOSURES, SESSION_STATES } from "@medforge/core/session";
import { type SQL, sql } from "drizzle-orm";
import {
  type AnyMySqlColumn,
  bigint,
  boolean,
  char,
  index,
  int,
  json,
  mysqlEnum,
  mysqlTable,
  smallint,
  text,
  uniqueIndex,
  varchar,
} from "drizzle-orm/mysql-core";

import { instant, uuid } from "./columns.ts";

/** The book. Every promise of the contract that a database can keep, this one keeps. */

export const users = mysqlTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    /** Lower case; that is what is unique. */
    email: varchar("email", { length: 254 }).notNull(),
    displayName: varchar("display_name", { length: 100 }).notNull(),
    /** The name in addresses that somebody has chosen. */
    chosenHandle: varchar("chosen_handle", { length: 32 }),
    /** What stands in addresses: the chosen one, else one that says nothing about the person. */
    handle: varchar("handle", { length: 32 }).generatedAlwaysAs(
      (): SQL => sql`coalesce(${users.chosenHandle}, concat('member-', right(${users.id}, 12)))`,
      { mode: "stored" },
    ),
    passwordHash: varchar("password_hash", { length: 255 }).notNull(),
    role: mysqlEnum("role", ["member", "admin"]).notNull(),
    canUseInternal: boolean("can_use_internal").notNull(),
    maxConcurrentSessions: smallint("max_concurrent_sessions", { unsigned: true }).notNull(),
    disabledAt: instant("disabled_at"),
    /** Since when they are in no ranking and have no profile that others see; null: they are and have. */
    unlistedAt: instant("unlisted_at"),
    /** When role, right or being disabled last changed: every process notices by this what another one did. */
    accessChangedAt: instant("access_changed_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("users_email").on(t.email),
    uniqueIndex("users_handle").on(t.handle),
    index("users_access_changed").on(t.accessChangedAt),
    index("users_disabled").on(t.disabledAt),
    index("users_unlisted").on(t.unlistedAt),
  ],
);

export const ATTEMPT_OUTCOMES = ["logged_in", "wrong_password", "disabled"] as const;

/** Every try to log in, for those whose account was tried. */
export const loginAttempts = mysqlTable(
  "login_attempts",
  {
    id: uuid("id").primaryKey(),
    /** Null where no account has the address that was given: written all the same, so that it takes as long. */
    userId: uuid("user_id").references(() => users.id),
    outcome: mysqlEnum("outcome", ATTEMPT_OUTCOMES).notNull(),
    address: varchar("address", { length: 45 }).notNull(),
    userAgent: varchar("user_agent", { length: 255 }).notNull(),
    at: instant("at").notNull(),
  },
  (t) => [index("login_attempts_user").on(t.userId, t.id), index("login_attempts_at").on(t.at)],
);

/** Bearer tokens: a program's part of what its user may do. */
export const apiTokens = mysqlTable(
  "api_tokens",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: varchar("name", { length: 100 }).notNull(),
    /** SHA-256 of the token, in hex. The token itself is stored nowhere. */
    tokenHash: char("token_hash", { length: 64 }).notNull(),
    scopes: json("scopes").$type<readonly string[]>().notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    lastUsedAt: instant("last_used_at"),
    lastUsedAddress: varchar("last_used_address", { length: 45 }),
    revokedAt: instant("revoked_at"),
  },
  (t) => [uniqueIndex("api_tokens_token").on(t.tokenHash), index("api_tokens_user").on(t.userId, t.id)],
);

/** What lets somebody sign up, once. */
export const invitations = mysqlTable(
  "invitations",
  {
    id: uuid("id").primaryKey(),
    /** SHA-256 of the invitation's secret, in hex. */
    tokenHash: char("token_hash", { length: 64 }).notNull(),
    /** Lower case; null: whoever has it. */
    email: varchar("email", { length: 254 }),
    role: mysqlEnum("role", ["member", "admin"]).notNull(),
    canUseInternal: boolean("can_use_internal").notNull(),
    /** Null for the command line. */
    createdBy: uuid("created_by").references(() => users.id),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
    usedBy: uuid("used_by").references(() => users.id),
    revokedAt: instant("revoked_at"),
  },
  (t) => [uniqueIndex("invitations_token").on(t.tokenHash)],
);

/** Logins ("session" means the GPU session everywhere but in this table's name). */
export const authSessions = mysqlTable(
  "auth_sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the cookie's token, in hex. The token itself is stored nowhere. */
    tokenHash: char("token_hash", { length: 64 }).notNull(),
    address: varchar("address", { length: 45 }).notNull(),
    userAgent: varchar("user_agent", { length: 255 }).notNull(),
    createdAt: instant("created_at").notNull(),
    lastSeenAt: instant("last_seen_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
  },
  (t) => [uniqueIndex("auth_sessions_token").on(t.tokenHash), index("auth_sessions_user").on(t.userId, t.id)],
);

export const sshKeys = mysqlTable(
  "ssh_keys",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: varchar("name", { length: 100 }).notNull(),
    /** Type and key, no comment, no options: a line that is safe in authorized_keys. */
    publicKey: text("public_key").notNull(),
    /** `SHA256:…` as ssh-keygen -l prints it. */
    fingerprint: varchar("fingerprint", { length: 64 }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("ssh_keys_fingerprint").on(t.userId, t.fingerprint)],
);

export const packs = mysqlTable(
  "packs",
  {
    id: uuid("id").primaryKey(),
    name: varchar("name", { length: 64 }).notNull(),
    description: varchar("description", { length: 500 }).notNull(),
    /** `repo@sha256:…`, or an image id `sha256:…` for images built here. */
    image: varchar("image", { length: 255 }).notNull(),
    exposure: mysqlEnum("exposure", [...EXPOSURES, "BOTH"]).notNull(),
    /** New sessions refuse a deprecated pack; those that run go on. */
    deprecatedAt: instant("deprecated_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("packs_name").on(t.name)],
);

export const gpuDevices = mysqlTable(
  "gpu_devices",
  {
    id: uuid("id").primaryKey(),
    /** `GPU-…`, `MIG-…`, `SIM-…`: what the device is, whatever its index. */
    uuid: varchar("uuid", { length: 96 }).notNull(),
    name: varchar("name", { length: 128 }).notNull(),
    memoryMib: int("memory_mib"),
    kind: mysqlEnum("kind", ["nvidia", "mig", "simulated"]).notNull(),
    enabled: boolean("enabled").notNull(),
    /** False since the machine stopped showing it. */
    present: boolean("present").notNull(),
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("gpu_devices_uuid").on(t.uuid)],
);

export const WORKSPACE_OPERATIONS = ["clone", "restore", "delete"] as const;

export const workspaces = mysqlTable(
  "workspaces",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: varchar("name", { length: 64 }).notNull(),
    quotaBytes: bigint("quota_bytes", { mode: "number", unsigned: true }).notNull(),
    /** So that the next session of this workspace gets the port that is in people's ~/.ssh/config. */
    lastSshPort: smallint("last_ssh_port", { unsigned: true }),
    /** What the loop has still to do with the files; nobody may use them meanwhile. */
    operation: mysqlEnum("operation", WORKSPACE_OPERATIONS),
    operationSnapshot: varchar("operation_snapshot", { length: 63 }),
    /** For a clone: the workspace that it comes from. */
    operationSourceId: uuid("operation_source_id"),
    /** For a restore: the snapshot that keeps what is replaced. */
    operationSafety: varchar("operation_safety", { length: 63 }),
    /** Why the last operation was not done. */
    operationError: varchar("operation_error", { length: 500 }),
    createdAt: instant("created_at").notNull(),
    /** The files are gone; the row stays for the history of its sessions. */
    deletedAt: instant("deleted_at"),
    liveName: varchar("live_name", { length: 64 }).generatedAlwaysAs(
      (): SQL => sql`if(${workspaces.deletedAt} is null, ${workspaces.name}, null)`,
      { mode: "stored" },
    ),
  },
  (t) => [uniqueIndex("workspaces_live_name").on(t.userId, t.liveName)],
);

/** A value while the session is active, else null: what a unique index over it allows once. */
const whileActive = (state: AnyMySqlColumn, value: AnyMySqlColumn): SQL =>
  sql`if(${state} in ('STARTING', 'RUNNING', 'STOPPING'), ${value}, null)`;

export const sessions = mysqlTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    slug: char("slug", { length: 8 }).notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    workspaceId: uuid("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    packId: uuid("pack_id")
      .notNull()
      .references(() => packs.id),
    exposure: mysqlEnum("exposure", EXPOSURES).notNull(),
    state: mysqlEnum("state", SESSION_STATES).notNull(),
    stateSince: instant("state_since").notNull(),
    /** Null as long as the session has only been queued. */
    gpuId: uuid("gpu_id").references(() => gpuDevices.id),
    sshPort: smallint("ssh_port", { unsigned: true }),
    /** Why it left the path; null while it is on it. */
    reason: varchar("reason", { length: 32 }),
    /** The reason in words, for the owner. */
    message: varchar("message", { length: 500 }),
    /** The container's address, learnt when the session became RUNNING. */
    address: varchar("address", { length: 45 }),
    /** Taken when it ended. */
    snapshot: varchar("snapshot", { length: 63 }),
    /** Failed attempts at the present step, and when the next one is due. */
    attempts: int("attempts").notNull(),
    nextAttemptAt: instant("next_attempt_at").notNull(),
    lastError: varchar("last_error", { length: 500 }),
    createdAt: instant("created_at").notNull(),
    allocatedAt: instant("allocated_at"),
    runningAt: instant("running_at"),
    /** GPU time counts up to here: the moment of death, or of the end. */
    gpuUntil: instant("gpu_until"),
    endedAt: instant("ended_at"),
    activeGpuId: varchar("active_gpu_id", { length: 36 }).generatedAlwaysAs(
      (): SQL => whileActive(sessions.state, sessions.gpuId),
      { mode: "stored" },
    ),
    activeSshPort: smallint("active_ssh_port", { unsigned: true }).generatedAlwaysAs(
      (): SQL => whileActive(sessions.state, sessions.sshPort),
      { mode: "stored" },
    ),
    activeWorkspaceId: varchar("active_workspace_id", { length: 36 }).generatedAlwaysAs(
      (): SQL => whileActive(sessions.state, sessions.workspaceId),
      { mode: "stored" },
    ),
  },
  (t) => [
    uniqueIndex("sessions_slug").on(t.slug),
    uniqueIndex("sessions_active_gpu").on(t.activeGpuId),
    uniqueIndex("sessions_active_ssh_port").on(t.activeSshPort),
    uniqueIndex("sessions_active_workspace").on(t.activeWorkspaceId),
    index("sessions_state").on(t.state),
    index("sessions_user").on(t.userId, t.id),
    index("sessions_gpu_until").on(t.gpuUntil),
  ],
);

/** Every move of every session, with its reason and who asked for it. */
export const sessionEvents = mysqlTable(
  "session_events",
  {
    /** Counted by the database, so that two moves within one millisecond keep their order. */
    id: bigint("id", { mode: "number", unsigned: true }).autoincrement().primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id),
    fromState: mysqlEnum("from_state", SESSION_STATES),
    toState: mysqlEnum("to_state", SESSION_STATES).notNull(),
    reason: varchar("reason", { length: 32 }),
    message: varchar("message", { length: 500 }),
    /** `user:<id>`, `admin:<id>` or `loop`. */
    actor: varchar("actor", { length: 50 }).notNull(),
    at: instant("at").notNull(),
  },
  (t) => [index("session_events_session").on(t.sessionId, t.id)],
);

export const auditLog = mysqlTable(
  "audit_log",
  {
    id: uuid("id").primaryKey(),
    at: instant("at").notNull(),
    /** Null for the command line. */
    actorId: uuid("actor_id"),
    /** `admin.user.update`, `auth.login` … */
    action: varchar("action", { length: 64 }).notNull(),
    target: varchar("target", { length: 100 }),
    detail: json("detail").$type<Record<string, unknown>>().notNull(),
    requestId: varchar("request_id", { length: 64 }),
    address: varchar("address", { length: 45 }),
  },
  (t) => [index("audit_log_actor").on(t.actorId, t.id), index("audit_log_action").on(t.action, t.id)],
);

/**
 * Containers of ours that have no row, as the loop last saw them, and what they hold: nobody else gets it, and only an
 * admin removes them.
 */
export const orphans = mysqlTable("orphans", {
  slug: varchar("slug", { length: 8 }).primaryKey(),
  gpuUuid: varchar("gpu_uuid", { length: 96 }),
  workspaceId: varchar("workspace_id", { length: 36 }),
  sshPort: smallint("ssh_port", { unsigned: true }),
  firstSeenAt: instant("first_seen_at").notNull(),
});

/**
 * Networks that were made ahead: whoever is given the port next takes the slug, and with it the network. A row is the
 * network's owner until then.
 */
export const spareNetworks = mysqlTable(
  "spare_networks",
  {
    slug: varchar("slug", { length: 8 }).primaryKey(),
    sshPort: smallint("ssh_port", { unsigned: true }).notNull(),
  },
  (table) => [uniqueIndex("spare_networks_ssh_port").on(table.sshPort)],
);

export const SEVERITIES = ["info", "warning", "critical"] as const;

/** What admins tell the members of a surface, from one moment on and up to another. */
export const announcements = mysqlTable(
  "announcements",
  {
    id: uuid("id").primaryKey(),
    exposure: mysqlEnum("exposure", [...EXPOSURES, "BOTH"]).notNull(),
    severity: mysqlEnum("severity", SEVERITIES).notNull(),
    title: varchar("title", { length: 120 }).notNull(),
    /** Markdown. */
    body: text("body").notNull(),
    startsAt: instant("starts_at").notNull(),
    /** Null: until somebody ends it. */
    endsAt: instant("ends_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [index("announcements_ends").on(t.endsAt)],
);

/** Fixed windows, kept here so that a restart does not reset them. */
export const rateLimits = mysqlTable(
  "rate_limits",
  {
    /** `login:address:203.0.113.7`, hashed where it would hold an e-mail address. */
    bucket: varchar("bucket", { length: 128 }).primaryKey(),
    hits: int("hits").notNull(),
    windowEndsAt: instant("window_ends_at").notNull(),
  },
  (t) => [index("rate_limits_window").on(t.windowEndsAt)],
);
