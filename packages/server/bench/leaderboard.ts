import type { Database } from "@medforge/db/database";
import { type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { addCompetition, newId, type TestCompetition } from "@medforge/db/testing-competitions";

import { openHouse } from "../e2e/house.ts";
import type { Person } from "../e2e/person.ts";
import { assemble } from "../src/assemble.ts";
import { readConfig } from "../src/config.ts";
import { computeStatistics } from "../src/loops/boards.ts";
import { TINY_MANIFEST } from "../src/scorer/testing.ts";
import { busyS, cpuOf, OTHERS_CORES_MAX } from "./cpu.ts";
import { median } from "./median.ts";

/**
 * `bun run bench:leaderboard`: how long the real API process takes for pages of a leaderboard over HTTP, by a
 * million submissions of 20,000 users, and in turns with it by 10,000 of 200. Both are in one database. Scores are
 * shares of 418 rows, so hundreds of users stand at each of them, as they do in earnest. Users grow with submissions:
 * 50 of each. Beside it what the worker does with such a board: its lines and its statistics.
 */

const LARGE = { submissions: 1_000_000, users: 20_000, named: "1,000,000 by 20,000" };
const SMALL = { submissions: 10_000, users: 200, named: "10,000 by 200" };
const REQUESTS = 200;
const ROUNDS = 5;
const ROUNDS_MAX = 20;
const PEOPLE = 10;
/** Different columns of scores per case; what statistics cost does not depend on what is in them. */
const COLUMNS = 8;
const LIMITS = { p95Ms: 10, ratio: 1.2 };

interface Board {
  readonly competition: TestCompetition;
  readonly people: readonly Person[];
  /** Of pages all over the board. */
  readonly cursors: readonly string[];
}

/** As a literal of SQL: right or wrong in each of 418 cases. */
function packedCases(_: unknown, seed: number): string {
  const ids = Array.from({ length: 418 }, (_, at) => `case${at}`);
  const accuracy = ids.map((_, at) => ((at * 7919 + seed * 104729) >> 3) & 1);
  return `x'${Buffer.from(Bun.gzipSync(JSON.stringify({ ids, values: { accuracy } }))).toString("hex")}'`;
}

/** Rows made by the database itself: what the queue bench makes by the real way takes hours here. */
async function fill(scratch: ScratchDatabase, of: TestCompetition, size: typeof LARGE | typeof SMALL) {
  const id = (kind: string, n: string) =>
    `concat(lpad(lower(hex(${n})), 8, '0'), '-${kind}-7000-8000-', right('${of.id}', 12))`;
  const user = id("0001", `1 + seq % ${size.users}`);
  const score = "floor(418 * (0.5 + 0.4 * rand(seq))) / 418";
  await scratch.run(
    `insert into users (id, chosen_handle, email, display_name, password_hash, role, can_use_internal, max_concurrent_sessions, created_at)
     select ${id("0001", "seq")}, concat('u', seq, '-', right('${of.id}', 12)), concat(seq, '@${of.slug}.example.org'), concat('User ', seq), 'x', 'member', 0, 1, now(6)
     from seq_1_to_${size.users}`,
  );
  await scratch.run(
    `insert into submissions (id, competition_id, user_id, file_name, file_bytes, file_sha256, created_at)
     select ${id("0002", "seq")}, '${of.id}', ${user}, 'mine.csv', 3000, sha2(seq, 256), '2026-01-01' + interval seq second
     from seq_1_to_${size.submissions}`,
  );
  await scratch.run(
    `insert into score_runs (id, submission_id, identity_id, state, attempts, queued_at, ended_at, score, components, warnings)
     select ${id("0003", "seq")}, ${id("0002", "seq")}, '${of.identityId}', 'scored', 1,
            '2026-01-01' + interval seq second, '2026-01-01' + interval seq second, ${score}, '[]', '[]'
     from seq_1_to_${size.submissions}`,
  );
  await scratch.run(
    `insert into board_lines (identity_id, user_id, submission_id, score, sort_key, submitted_at, submissions, statistics_fit)
     select '${of.identityId}', user_id, id, score, -score, created_at, submissions, 0 from (
       select s.user_id, s.id, r.score, s.created_at, count(*) over (partition by s.user_id) as submissions,
              row_number() over (partition by s.user_id order by r.score desc, s.created_at, s.id) as place
       from submissions s join score_runs r on r.submission_id = s.id where s.competition_id = '${of.id}'
     ) ranked where place = 1`,
  );
  // Of the best lines the statistics read what they scored case by case.
  await scratch.run(
    `update score_runs r join board_lines b on b.identity_id = r.identity_id and b.submission_id = r.submission_id
     set r.per_case = elt(1 + crc32(b.user_id) % ${COLUMNS}, ${Array.from({ length: COLUMNS }, packedCases).join(", ")})
     where b.identity_id = '${of.identityId}'`,
  );
  for (const table of ["submissions", "score_runs", "board_lines", "users"]) {
    await scratch.run(`analyze table ${table}`);
  }
}

interface Kind {
  path(board: Board, at: number): string;
  /** What happens just before each request. */
  before?(db: Database, board: Board, at: number): Promise<unknown>;
  /** Shown because it is so, not because it has to be. */
  readonly noGoal?: true;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "first page": { path: (board) => pathOf(board, "limit=50") },
  "later page": {
    path: (board, at) => pathOf(board, `limit=50&cursor=${board.cursors[(at * 37) % board.cursors.length]}`),
  },
  "my rank": { path: (board) => pathOf(board, "limit=1") },
  "my rank, the moment after a place has changed (counted; no goal)": {
    path: (board) => pathOf(board, "limit=1"),
    before: (db, board, at) => enter(db, board, board.people[0], 1 + at / REQUESTS),
    noGoal: true,
  },
};

async function measured(who: Person, path: string): Promise<number> {
  const from = performance.now();
  await who.expect(200, "GET", path);
  return performance.now() - from;
}

const pathOf = ({ competition }: Pick<Board, "competition">, query: string) =>
  `/external/competitions/${competition.slug}/leaderboard?${query}`;

/** A score of this person, as the worker's transaction writes it. */
async function enter(
  db: Database,
  { competition }: Pick<Board, "competition">,
  who: Person | undefined,
  score: number,
) {
  if (who === undefined) throw new Error("somebody has to have scored");
  const entry = { userId: who.id, submissionId: newId(), score, submittedAt: Date.now() };
  await db.transaction((tx) =>
    tx.boards.enter(competition.identityId, "higher-is-better", entry, Date.now()),
  );
}

async function cursorsOf(board: Omit<Board, "cursors">): Promise<string[]> {
  const [who] = board.people;
  if (who === undefined) throw new Error("somebody has to ask");
  const cursors: string[] = [];
  for (let cursor = ""; ; ) {
    const { meta } = await who.ask("GET", pathOf(board, `limit=50${cursor && `&cursor=${cursor}`}`));
    const next = meta?.next_cursor;
    if (typeof next !== "string") return cursors;
    cursor = next;
    cursors.push(cursor);
  }
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;

const scratch = await scratchDatabase();
const house = await openHouse({ runtime: "memory", databaseUrl: scratch.url });
// What the worker's process is made of.
const worker = assemble(
  readConfig({
    DATABASE_URL: scratch.url,
    MEDFORGE_RUNTIME: "memory",
    MEDFORGE_STATE_DIR: `${house.folder}/state`,
  }),
);
/** What the machine has spent on anything but the server, its database and us. */
const othersS = () =>
  busyS() - cpuOf([process.pid, house.server().pid, Number(process.env.MEDFORGE_TEST_DATABASE_PID)]);
try {
  const boards: Board[] = [];
  // Only while the rows are made: what is measured has the memory that `./medforge up` gives it.
  await scratch.run("set global innodb_buffer_pool_size = 1536 * 1024 * 1024");
  for (const size of [LARGE, SMALL]) {
    const from = performance.now();
    const competition = await addCompetition(house.db, { manifest: TINY_MANIFEST });
    await fill(scratch, competition, size);
    const filledMs = performance.now() - from;
    const changed = {
      identityId: competition.identityId,
      changedAt: 0,
      statisticsAt: null,
      statistics: null,
    };
    const computing = performance.now();
    await computeStatistics(worker, changed);
    const computedMs = performance.now() - computing;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => house.newPerson()));
    const board = { competition, people };
    // From the first place to the last.
    for (const [at, who] of people.entries()) await enter(house.db, board, who, 1 - at / PEOPLE);
    boards.push({ ...board, cursors: await cursorsOf(board) });
    console.log(
      `${size.named}: made in ${(filledMs / 1000).toFixed(0)} s; the worker's statistics of its best lines took ${(computedMs / 1000).toFixed(2)} s`,
    );
  }
  await scratch.run("set global innodb_buffer_pool_size = 64 * 1024 * 1024");
  let good = true;
  for (const [kind, { path, before, noGoal }] of Object.entries(KINDS)) {
    const rounds = { p95: [] as number[], p50: [] as number[], ratio: [] as number[] };
    for (let round = 0; rounds.p95.length < ROUNDS && round <= ROUNDS_MAX; round++) {
      const times: [number[], number[]] = [[], []];
      const from = { others: othersS(), ms: performance.now() };
      for (let at = 0; at < REQUESTS; at++) {
        for (const [which, board] of boards.entries()) {
          const who = board.people[at % PEOPLE];
          if (who === undefined) throw new Error("somebody has to ask");
          await before?.(house.db, board, at + round * REQUESTS);
          times[which]?.push(await measured(who, path(board, at)));
        }
      }
      const othersCores = ((othersS() - from.others) * 1000) / (performance.now() - from.ms);
      // The first one is for the server to warm up.
      if (round === 0 || othersCores > OTHERS_CORES_MAX) continue;
      const [large, small] = times;
      rounds.p95.push(quantile(large, 0.95));
      rounds.p50.push(quantile(large, 0.5));
      rounds.ratio.push(quantile(large, 0.95) / quantile(small, 0.95));
    }
    const [p95, p50, ratio] = [median(rounds.p95), median(rounds.p50), median(rounds.ratio)];
    good &&= noGoal === true || (p95 < LIMITS.p95Ms && ratio <= LIMITS.ratio);
    const all = rounds.ratio.map((one) => one.toFixed(2)).join(", ");
    console.log(
      `${kind}: p95 ${p95.toFixed(2)} ms (under ${LIMITS.p95Ms}), median ${p50.toFixed(2)} ms; p95 ${ratio.toFixed(2)} times that of ${SMALL.named} (at most ${LIMITS.ratio}; rounds: ${all})`,
    );
  }
  const writing: [number[], number[]] = [[], []];
  for (let at = 0; at < 2 * REQUESTS; at++) {
    for (const [which, board] of boards.entries()) {
      const from = performance.now();
      await enter(house.db, board, board.people[at % PEOPLE], at / REQUESTS);
      writing[which]?.push(performance.now() - from);
    }
  }
  const [large, small] = writing.map((times) => quantile(times, 0.95)) as [number, number];
  console.log(
    `a score's line, written alone and durable: p95 ${large.toFixed(2)} ms, ${(large / small).toFixed(2)} times that of ${SMALL.named}`,
  );
  process.exitCode = good ? 0 : 1;
} finally {
  worker.scorer.close();
  await worker.db.close();
  await house.close();
  await scratch.drop();
}
