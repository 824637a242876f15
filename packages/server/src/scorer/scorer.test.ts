import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ScoringError } from "@medforge/scoring";

import { ScorerFault } from "./fault.ts";
import { createScorer, type Scorer, type ScorerSettings } from "./scorer.ts";
import { type TinyCompetition, tinyCompetition } from "./testing.ts";

const PLENTY: ScorerSettings = { processes: 1, deadlineMs: 20_000, memoryBytesMax: 2 ** 31 };
const BROKEN = fileURLToPath(new URL("./testing/broken-child.ts", import.meta.url));

let folder: string;
let tiny: TinyCompetition;
const open: Scorer[] = [];
const scorer = (settings: Partial<ScorerSettings> = {}): Scorer => {
  const made = createScorer({ ...PLENTY, ...settings });
  open.push(made);
  return made;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mf-scorer-"));
  tiny = await tinyCompetition(folder);
});
afterAll(() => {
  for (const one of open) one.close();
  rmSync(folder, { recursive: true });
});

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) =>
      error instanceof ScorerFault || error instanceof ScoringError ? error.code : String(error),
  );

test("a submission is judged and measured in another process, with every case's score", async () => {
  const own = scorer();
  const job = await tiny.submission([1, 0, 1, 0]);
  expect(await own.precheck({ ...job, publicDir: tiny.publicDir })).toMatchObject({ ok: true, entries: 4 });
  const report = await own.score(job);
  expect(report.primary.value).toBe(0.75); // holdout 1, 0, 1, 1
  expect(report.primary.perCase).toEqual([1, 1, 1, 0]);
});

test("all faults of a submission come back with their places", async () => {
  const job = await tiny.submission([1, 7, 1]);
  const checked = await scorer().precheck({ ...job, publicDir: tiny.publicDir });
  expect(checked.faults.map(({ code, where }) => [code, where.row])).toEqual([
    ["value_out_of_range", 3],
    ["id_missing", undefined],
  ]);
  expect(await faultOf(scorer().score(job))).toBe("value_out_of_range");
});

test("a holdout or a submission that was changed underneath is not measured, even with its old times", async () => {
  const own = scorer();
  const job = await tiny.submission([1, 0, 1, 1]);
  expect((await own.score(job)).primary.value).toBe(1);
  const table = join(tiny.holdoutDir, "holdout.csv");
  const before = await readFile(table, "utf8");
  const { atime, mtime } = await Bun.file(table).stat();
  writeFileSync(table, before.replace("a,1", "a,0"));
  utimesSync(table, atime, mtime);
  expect(await faultOf(own.score(job))).toBe("holdout_changed");
  writeFileSync(table, before);
  expect((await own.score(job)).primary.value).toBe(1);
  writeFileSync(job.file, (await readFile(job.file, "utf8")).replace("a,1", "a,0"));
  expect(await faultOf(own.score(job))).toBe("submission_changed");
});

test("a holdout with a link in it is not measured: what it leads to was never hashed", async () => {
  const own = await tinyCompetition(join(folder, "linked"));
  const job = await own.submission([1, 0, 1, 1]);
  symlinkSync(folder, join(own.holdoutDir, "more"));
  expect(await faultOf(scorer().score(job))).toBe("crashed");
  rmSync(join(own.holdoutDir, "more"));
  expect((await scorer().score(job)).primary.value).toBe(1);
});

test("one that hangs is killed at its deadline, and the next question is answered", async () => {
  const own = scorer({ program: BROKEN, deadlineMs: 3_000 });
  expect(await faultOf(own.score(await tiny.broken("hang")))).toBe("time_limit");
  expect(await own.score(await tiny.broken("answer"))).toBeDefined();
});

test("one that takes too much memory is killed", async () => {
  const own = scorer({ program: BROKEN, memoryBytesMax: 300 * 1024 ** 2 });
  expect(await faultOf(own.score(await tiny.broken("hog")))).toBe("memory_limit");
  expect(await own.score(await tiny.broken("answer"))).toBeDefined();
});

test("one that crashes says so at once, and the next question is answered", async () => {
  const own = scorer({ program: BROKEN });
  expect(await faultOf(own.score(await tiny.broken("crash")))).toBe("crashed");
  expect(await own.score(await tiny.broken("answer"))).toBeDefined();
});

/** Asked at once: what each came to, as the letter of the process that answered or the fault. */
async function cameTo(own: Scorer, hows: readonly Parameters<TinyCompetition["broken"]>[0][]) {
  const jobs = await Promise.all(hows.map((how) => tiny.broken(how)));
  const processes: unknown[] = [];
  const letter = (pid: unknown) => {
    if (!processes.includes(pid)) processes.push(pid);
    return "ABC"[processes.indexOf(pid)];
  };
  const settled = await Promise.allSettled(jobs.map((job) => own.score(job)));
  return settled.map((one) => (one.status === "fulfilled" ? letter(one.value) : one.reason.code));
}

test("whatever one does, those asked before and behind it at the same time are answered", async () => {
  const memoryBytesMax = 300 * 1024 ** 2;
  for (const [how, fault] of [
    ["crash", "crashed"],
    ["hang", "time_limit"],
    ["hog", "memory_limit"],
  ] as const) {
    // Long enough for a slow machine to start a process, or to take so much memory.
    const deadlineMs = how === "hang" ? 3_000 : 60_000;
    const own = scorer({ program: BROKEN, deadlineMs, memoryBytesMax });
    expect(await cameTo(own, ["answer", "answer", how, "answer", how, "answer"])).toEqual([
      "A",
      "A",
      fault,
      "B",
      fault,
      "C",
    ]);
  }
});

test("a deadline begins with one's own turn", async () => {
  const own = scorer({ program: BROKEN, deadlineMs: 3_500 });
  expect(await cameTo(own, ["slow", "slow", "slow", "slow"])).toEqual(["A", "A", "A", "A"]);
});

test("one that is not wanted any more takes nothing with it that was asked at the same time", async () => {
  const own = scorer({ program: BROKEN });
  const stop = new AbortController();
  const [hang, answer] = [await tiny.broken("hang"), await tiny.broken("answer")];
  const before = own.score(answer);
  const asked = own.score(hang, stop.signal).catch((error: unknown) => error);
  const behind = own.score(answer);
  await before;
  stop.abort(new Error("not wanted"));
  expect(String(await asked)).toBe("Error: not wanted");
  expect(await behind).not.toBe(await before);
});

test("whoever still waits when all is closed is told so", async () => {
  const own = scorer({ program: BROKEN });
  const asked = Promise.all([
    faultOf(own.score(await tiny.broken("hang"))),
    faultOf(own.score(await tiny.broken("answer"))),
  ]);
  own.close();
  expect(await asked).toEqual(["crashed", "crashed"]);
});

test("a program that cannot even start is a crash, not a wait", async () => {
  const own = scorer({ program: join(folder, "no-such-program.ts") });
  expect(await faultOf(own.score(await tiny.broken("answer")))).toBe("crashed");
});

test("what is not wanted any more is stopped", async () => {
  const own = scorer({ program: BROKEN });
  const stop = new AbortController();
  const asked = own.score(await tiny.broken("hang"), stop.signal).catch((error: unknown) => error);
  await Bun.sleep(100);
  stop.abort(new Error("not wanted"));
  expect(String(await asked)).toBe("Error: not wanted");
  expect(await own.score(await tiny.broken("answer"))).toBeDefined();
});

test("a scoring process ends with the one that asked it, even in the middle of a loop without end", async () => {
  const job = await tiny.broken("hang");
  const program = `
    import { createScorer } from ${JSON.stringify(fileURLToPath(new URL("./scorer.ts", import.meta.url)))};
    const own = createScorer({ processes: 1, deadlineMs: 60000, memoryBytesMax: 1e10, program: ${JSON.stringify(BROKEN)} });
    void own.score(${JSON.stringify(job)});
    setTimeout(() => console.log("asked"), 500);
    await new Promise(() => setInterval(() => undefined, 1000));`;
  const parent = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
  await parent.stdout.getReader().read();
  const children = (await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8"))
    .trim()
    .split(" ");
  expect(children.length).toBe(1);
  parent.kill("SIGKILL");
  await parent.exited;
  await Bun.sleep(200);
  const status = await readFile(`/proc/${children[0]}/status`, "utf8").catch(() => "State: gone");
  // Without an init to collect it, what is left of a dead process is a zombie.
  expect(status).toMatch(/^State:\s+(Z|gone)/m);
});

test("one that has grown past half of its limit is replaced before the next submission", async () => {
  const own = scorer({ program: BROKEN, memoryBytesMax: 400 * 1024 ** 2 });
  const pids = [];
  for (const how of ["answer", "answer", "grow", "answer"] as const) {
    pids.push((await own.score(await tiny.broken(how))) as unknown);
  }
  expect(pids[0]).toBe(pids[1]);
  expect(pids[1]).toBe(pids[2]);
  expect(pids[2]).not.toBe(pids[3]);
});
