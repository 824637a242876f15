import {
  bigint,
  boolean,
  char,
  customType,
  double,
  index,
  int,
  json,
  mediumtext,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  smallint,
  uniqueIndex,
  varchar,
} from "drizzle-orm/mysql-core";

import { instant, uuid } from "./columns.ts";
import { users } from "./schema.ts";

/** Competitions and datasets. Files are in folders of the server; the book holds what is true of them. */

const sha256 = (name: string) => char(name, { length: 64 });
/** Compared byte by byte: two files may differ in the case of a letter. */
const exactText = customType<{ data: string; driverData: string }>({
  dataType: () => "varchar(500) character set utf8mb4 collate utf8mb4_bin",
});
const mediumblob = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "mediumblob" });

export const datasets = mysqlTable(
  "datasets",
  {
    id: uuid("id").primaryKey(),
    slug: varchar("slug", { length: 63 }).notNull(),
    title: varchar("title", { length: 200 }).notNull(),
    description: mediumtext("description").notNull(),
    licence: varchar("licence", { length: 200 }).notNull(),
    /** Where it comes from: a URL or a citation. */
    source: varchar("source", { length: 500 }).notNull(),
    exposure: mysqlEnum("exposure", ["EXTERNAL", "INTERNAL", "BOTH"]).notNull(),
    files: int("files", { unsigned: true }).notNull(),
    bytes: bigint("bytes", { mode: "number", unsigned: true }).notNull(),
    /** Of the listing of its files, as `holdoutSha256` of the scoring package makes it; computed at import. */
    treeSha256: sha256("tree_sha256").notNull(),
    createdAt: instant("created_at").notNull(),
    retiredAt: instant("retired_at"),
  },
  (t) => [uniqueIndex("datasets_slug").on(t.slug)],
);

export const datasetFiles = mysqlTable(
  "dataset_files",
  {
    datasetId: uuid("dataset_id")
      .notNull()
      .references(() => datasets.id),
    path: exactText("path").notNull(),
    bytes: bigint("bytes", { mode: "number", unsigned: true }).notNull(),
    sha256: sha256("sha256").notNull(),
  },
  (t) => [primaryKey({ columns: [t.datasetId, t.path] })],
);

export const competitions = mysqlTable(
  "competitions",
  {
    id: uuid("id").primaryKey(),
    slug: varchar("slug", { length: 63 }).notNull(),
    title: varchar("title", { length: 200 }).notNull(),
    exposure: mysqlEnum("exposure", ["EXTERNAL", "INTERNAL"]).notNull(),
    datasetSlug: varchar("dataset_slug", { length: 63 }),
    /** The manifest's bytes, as imported: `parseManifest` reads them. */
    manifest: mediumtext("manifest").notNull(),
    /** The identity that new submissions are scored for. */
    targetIdentityId: uuid("target_identity_id").notNull(),
    /** The identity that the board shows; another one than the target while a re-score is under way. */
    boardIdentityId: uuid("board_identity_id").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    /** Takes no more submissions; what is there stays to be seen. */
    retiredAt: instant("retired_at"),
  },
  (t) => [uniqueIndex("competitions_slug").on(t.slug)],
);

/** What a score depends on beside the submission's bytes. Never changed: another one is another row. */
export const scoreIdentities = mysqlTable(
  "score_identities",
  {
    id: uuid("id").primaryKey(),
    competitionSlug: varchar("competition_slug", { length: 63 }).notNull(),
    manifest: mediumtext("manifest").notNull(),
    manifestSha256: sha256("manifest_sha256").notNull(),
    holdoutSha256: sha256("holdout_sha256").notNull(),
    /** Of `public/`: ids, sizes and geometry that submissions are checked against. */
    publicSha256: sha256("public_sha256").notNull(),
    scorerVersion: varchar("scorer_version", { length: 32 }).notNull(),
    /** `dice=dice-v1,hd95=hd95-v1`, by key. */
    metricVersions: varchar("metric_versions", { length: 500 }).notNull(),
    direction: mysqlEnum("direction", ["higher-is-better", "lower-is-better"]).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("score_identities_what").on(
      t.competitionSlug,
      t.manifestSha256,
      t.holdoutSha256,
      t.publicSha256,
      t.scorerVersion,
      t.metricVersions,
    ),
  ],
);

export const submissions = mysqlTable(
  "submissions",
  {
    id: uuid("id").primaryKey(),
    competitionId: uuid("competition_id")
      .notNull()
      .references(() => competitions.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** As the person called it; only ever shown. */
    fileName: varchar("file_name", { length: 255 }).notNull(),
    fileBytes: bigint("file_bytes", { mode: "number", unsigned: true }).notNull(),
    fileSha256: sha256("file_sha256").notNull(),
    /** The moment it became queued; decides ties and the day it counts for. */
    createdAt: instant("created_at").notNull(),
    withdrawnAt: instant("withdrawn_at"),
  },
  (t) => [
    index("submissions_of_user").on(t.competitionId, t.userId, t.id),
    index("submissions_same_bytes").on(t.competitionId, t.userId, t.fileSha256),
    index("submissions_user").on(t.userId, t.id),
  ],
);

/** What counts against a daily cap, by UTC day. */
export const submissionDays = mysqlTable(
  "submission_days",
  {
    competitionId: uuid("competition_id")
      .notNull()
      .references(() => competitions.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** `2026-11-22`. */
    day: char("day", { length: 10 }).notNull(),
    used: smallint("used", { unsigned: true }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.competitionId, t.userId, t.day] })],
);

export const RUN_STATES = ["queued", "scoring", "scored", "failed"] as const;

/** One submission under one identity: the worker's work, and what came of it. Runs are kept for ever. */
export const scoreRuns = mysqlTable(
  "score_runs",
  {
    id: uuid("id").primaryKey(),
    submissionId: uuid("submission_id")
      .notNull()
      .references(() => submissions.id),
    identityId: uuid("identity_id").notNull(),
    state: mysqlEnum("state", RUN_STATES).notNull(),
    /** Claims so far; after three that came to nothing it is failed. */
    attempts: smallint("attempts", { unsigned: true }).notNull(),
    /** Which claim holds it; a worker whose claim is not there any more writes nothing. */
    claim: uuid("claim"),
    leaseUntil: instant("lease_until"),
    queuedAt: instant("queued_at").notNull(),
    endedAt: instant("ended_at"),
    score: double("score"),
    /** `Component`s of the report without their values per case. */
    components: json("components").$type<readonly unknown[]>(),
    /** Gzipped JSON: case ids, and for each key the values per case. */
    perCase: mediumblob("per_case"),
    warnings: json("warnings").$type<readonly unknown[]>(),
    /** Of the closed list of public error codes. */
    errorCode: varchar("error_code", { length: 64 }),
    errorDetail: varchar("error_detail", { length: 500 }),
  },
  (t) => [
    uniqueIndex("score_runs_once").on(t.submissionId, t.identityId),
    index("score_runs_waiting").on(t.state, t.queuedAt, t.id),
    index("score_runs_identity").on(t.identityId, t.state),
  ],
);

/** How a board would look under other ways to aggregate the same cases. */
export interface Aggregation {
  readonly by: "median" | "rank-then-mean";
  /** Kendall's tau-b against the order by mean; null where one of the two orders has only ties. */
  readonly kendallTau: number | null;
  /** Submissions, the best first. */
  readonly order: readonly string[];
}

export interface BoardStatistics {
  readonly seed: string;
  readonly resamples: number;
  readonly cases: number;
  /** The best lines that they are of. */
  readonly lines: number;
  /** Why there are none: the primary score is no mean over cases. */
  readonly absent: "no-scores-per-case" | null;
  readonly aggregations: readonly Aggregation[];
}

/** Of every identity that has been scored for. `changedAt` later than `statisticsAt`: the worker computes them anew. */
export const boards = mysqlTable("boards", {
  identityId: uuid("identity_id").primaryKey(),
  changedAt: instant("changed_at").notNull(),
  statisticsAt: instant("statistics_at"),
  /** Seed, number of cases and lines that they are of, and how the order changes under other aggregations. */
  statistics: json("statistics").$type<BoardStatistics>(),
});

/** One line per user: their best scored submission that is not withdrawn. Kept true by the scoring transaction. */
export const boardLines = mysqlTable(
  "board_lines",
  {
    identityId: uuid("identity_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    submissionId: uuid("submission_id").notNull(),
    score: double("score").notNull(),
    /** The score, negated where higher is better: the board's order is always ascending. */
    sortKey: double("sort_key").notNull(),
    /** The submission's time, never the run's. */
    submittedAt: instant("submitted_at").notNull(),
    submissions: int("submissions", { unsigned: true }).notNull(),
    intervalLow: double("interval_low"),
    intervalHigh: double("interval_high"),
    rankLow: int("rank_low", { unsigned: true }),
    rankHigh: int("rank_high", { unsigned: true }),
    firstProbability: double("first_probability"),
    tier: int("tier", { unsigned: true }),
    /** Whether the statistics are of this submission: false as soon as a better one takes the line. */
    statisticsFit: boolean("statistics_fit").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.identityId, t.userId] }),
    index("board_lines_order").on(t.identityId, t.sortKey, t.submittedAt, t.submissionId),
  ],
);

/** Last signs of life of the workers, for the page, /metrics and doctor. */
export const workers = mysqlTable("workers", {
  id: uuid("id").primaryKey(),
  name: varchar("name", { length: 100 }).notNull(),
  seenAt: instant("seen_at").notNull(),
});
