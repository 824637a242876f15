import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { scratchDatabase } from "@medforge/db/testing";
import {
  addCompetition,
  addSubmission,
  addUser,
  newId,
  type TestCompetition,
} from "@medforge/db/testing-competitions";
import { command } from "@medforge/runtime/command";
import { holdoutSha256, packageVersion } from "@medforge/scoring";
import { sha256 } from "@medforge/scoring/sha256";
import { bytesSource } from "@medforge/scoring/source";

import { holdoutFolder, submissionFile } from "../src/competitions/folders.ts";
import { readConfig } from "../src/config.ts";
import { TINY_MANIFEST } from "../src/scorer/testing.ts";
import { busyS, childrenOf, cpuOf, OTHERS_CORES_MAX } from "./cpu.ts";
import { median } from "./median.ts";

/**
 * `bun run bench:scoring-queue`: how many queued CSV submissions of 418 rows the real worker process scores per second, on
 * a durable database. One worker with its scoring process and the database on one core, then two workers and the
 * database on two. Timed from the first ends that are written, which do not count, to the last, by the ends themselves.
 * Beside it one worker that has both cores, and what one submission costs each process in CPU time.
 */

const SUBMISSIONS = 2_000;
const ROWS = 418;
/** Before the clock runs: workers are at work for weeks, and these shall have met what there is to compile. */
const WARM = 4_000;
const USERS = 100;
const FILLED_AT_ONCE = 10;
const ROUNDS = 5;
const ROUNDS_MAX = 9;
const LIMITS = { perSecond: 200, twoToOne: 1.8 };
const WORKER = fileURLToPath(new URL("../src/worker.ts", import.meta.url));
/** Of the private server of `in-database.ts`. */
const DATABASE_PID = Number(process.env.MEDFORGE_TEST_DATABASE_PID);

const scratch = await scratchDatabase();
const { db } = scratch;
const stateDir = mkdtempSync(join(tmpdir(), "mf-queue-"));
const environment = {
  DATABASE_URL: scratch.url,
  MEDFORGE_RUNTIME: "memory",
  MEDFORGE_STATE_DIR: stateDir,
};
const { folders } = readConfig(environment);

function table(seed: number): Uint8Array {
  const rows = Array.from({ length: ROWS }, (_, at) => `${892 + at},${((at * 7919 + seed) >> 3) & 1}\n`);
  return new TextEncoder().encode(`id,label\n${rows.join("")}`);
}

async function competition(): Promise<TestCompetition> {
  const holdout = table(0);
  const manifest = JSON.stringify({ ...JSON.parse(TINY_MANIFEST), expected_rows: ROWS });
  const sha = await holdoutSha256([{ name: "holdout.csv", content: holdout }]);
  const made = await addCompetition(db, { manifest, holdoutSha256: sha, scorerVersion: packageVersion });
  const folder = holdoutFolder(folders, made.slug, sha);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "holdout.csv"), holdout);
  return made;
}

async function fill(into: TestCompetition, users: readonly string[], count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, i) => i);
  for (let from = 0; from < count; from += FILLED_AT_ONCE) {
    await Promise.all(
      all.slice(from, from + FILLED_AT_ONCE).map((i) => submit(into, users[i % USERS] ?? "", i)),
    );
  }
}

async function submit(into: TestCompetition, userId: string, seed: number): Promise<void> {
  const bytes = table(seed);
  const id = newId(Date.now());
  const file = submissionFile(folders, id);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  const fileSha256 = await sha256(bytesSource(bytes));
  await addSubmission(db, into, { userId, id, at: Date.now(), fileSha256 });
}

const sumOf = (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((sum, s) => sum + s);

interface Round {
  readonly one: Measured;
  readonly two: Measured;
  readonly wide: Measured;
}

interface Measured {
  readonly perSecond: number;
  readonly workerMs: number;
  readonly scorerMs: number;
  readonly databaseMs: number;
  /** Of the machine's, by these processes, while there was work. */
  readonly busyCores: number;
  /** What everything else on the machine took of its cores meanwhile. */
  readonly othersCores: number;
}

/** Linux only: the cores that a process and its threads, those of the future too, may use. */
async function pin(pid: number, cores: string): Promise<void> {
  const done = await command(["taskset", "-acp", cores, String(pid)]);
  if (done.exitCode !== 0) throw new Error(done.stderr);
}

const withChildren = (pids: readonly number[]) => [...pids, ...pids.flatMap(childrenOf)];

/** These workers empty a queue that was filled while all of them were held still. */
async function measure(pids: readonly number[], cores: string, users: readonly string[]): Promise<Measured> {
  for (const pid of [DATABASE_PID, ...withChildren(pids)]) await pin(pid, cores);
  const into = await competition();
  await fill(into, users, SUBMISSIONS);
  // A board's statistics have a scoring process of their own, which may be started only now.
  const cpu = () => ({
    worker: cpuOf(pids),
    scorer: cpuOf(pids.flatMap(childrenOf)),
    database: cpuOf([DATABASE_PID]),
  });
  const before = { cpu: cpu(), machine: busyS(), ms: performance.now() };
  await empty(pids);
  const tookS = (performance.now() - before.ms) / 1000;
  const after = cpu();
  const oursS = sumOf(after) - sumOf(before.cpu);
  const othersS = busyS() - before.machine - oursS;
  const ends = await endsOf(into);
  if (ends.length !== SUBMISSIONS) throw new Error(`${ends.length} of ${SUBMISSIONS} were scored`);
  const first = Math.min(...ends);
  const eachMs = (part: keyof typeof after) => ((after[part] - before.cpu[part]) / SUBMISSIONS) * 1000;
  return {
    perSecond: ends.filter((end) => end > first).length / ((Math.max(...ends) - first) / 1000),
    workerMs: eachMs("worker"),
    scorerMs: eachMs("scorer"),
    databaseMs: eachMs("database"),
    busyCores: oursS / tookS,
    othersCores: othersS / tookS,
  };
}

/** Lets these workers work until nothing waits, and holds them still again. */
async function empty(pids: readonly number[]): Promise<void> {
  for (const pid of withChildren(pids)) process.kill(pid, "SIGCONT");
  await allScored();
  for (const pid of withChildren(pids)) process.kill(pid, "SIGSTOP");
}

/** Seldom looked at while much waits: looking costs the database something. */
async function allScored(): Promise<void> {
  for (;;) {
    const { queued, scoring } = await db.scoreRuns.queueState();
    if (queued + scoring === 0) return;
    await Bun.sleep(Math.min(200, 20 + queued / 5));
  }
}

async function endsOf(of: TestCompetition): Promise<number[]> {
  const ends: number[] = [];
  for (let before: string | undefined; ; ) {
    const page = await db.submissions.page({ competitionId: of.id }, before, 1_000);
    for (const { run } of page) if (run?.state === "scored" && run.endedAt !== null) ends.push(run.endedAt);
    before = page.at(-1)?.submission.id;
    if (page.length < 1_000) return ends;
  }
}

const workers = [0, 1].map(() =>
  Bun.spawn([process.execPath, WORKER], { env: { ...process.env, ...environment }, stdout: "ignore" }),
);
try {
  const pids = workers.map(({ pid }) => pid);
  const users: string[] = [];
  for (let i = 0; i < USERS; i++) users.push(await addUser(db, `user ${i}`));
  await fill(await competition(), users, WARM);
  await empty(pids);
  const rounds: Round[] = [];
  for (let round = 1; rounds.length < ROUNDS && round <= ROUNDS_MAX; round++) {
    const one = await measure(pids.slice(0, 1), "0", users);
    const two = await measure(pids, "0,1", users);
    const wide = await measure(pids.slice(0, 1), "0,1", users);
    const [a, b, c] = [one, two, wide].map(({ perSecond }) => perSecond.toFixed(0));
    const others = Math.max(one.othersCores, two.othersCores, wide.othersCores);
    const disturbed = others > OTHERS_CORES_MAX;
    if (!disturbed) rounds.push({ one, two, wide });
    const says = `one worker on one core ${a}/s, two on two ${b}/s, one on two ${c}/s`;
    console.log(
      `round ${round}: ${says}; others took ${others.toFixed(2)} cores${disturbed ? ": not counted" : ""}`,
    );
  }
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const alone = of(({ one }) => one.perSecond);
  const ratio = of(({ one, two }) => two.perSecond / one.perSecond);
  console.log(`${SUBMISSIONS} submissions of ${ROWS} rows, medians of ${rounds.length} rounds:`);
  console.log(
    `one worker and the database on one core: ${alone.toFixed(0)} per second (at least ${LIMITS.perSecond})`,
  );
  console.log(
    `two workers and the database on two cores: ${ratio.toFixed(2)} times that (at least ${LIMITS.twoToOne})`,
  );
  console.log(`one worker that has both cores: ${of(({ wide }) => wide.perSecond).toFixed(0)} per second`);
  for (const [which, says] of [
    ["one", "one worker on one core"],
    ["two", "two workers on two"],
    ["wide", "one worker on two"],
  ] as const) {
    const each = (part: "workerMs" | "scorerMs" | "databaseMs") =>
      `${of((round) => round[which][part]).toFixed(2)} ms`;
    console.log(
      `CPU time of one submission, ${says}: worker ${each("workerMs")}, scoring process ${each("scorerMs")}, database ${each("databaseMs")}; busy ${of((round) => round[which].busyCores).toFixed(2)} cores`,
    );
  }
  process.exitCode = alone >= LIMITS.perSecond && ratio >= LIMITS.twoToOne ? 0 : 1;
} finally {
  for (const pid of workers.flatMap(({ pid }) => withChildren([pid]))) process.kill(pid, "SIGKILL");
  await Promise.all(workers.map(({ exited }) => exited));
  await scratch.drop();
  rmSync(stateDir, { recursive: true, force: true });
}
