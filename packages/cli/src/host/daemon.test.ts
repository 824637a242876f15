import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { adoptOrStart, type DaemonPlan, type RunningDaemon, readPidFile, stopByPidFile } from "./daemon.ts";

const folder = mkdtempSync(join(tmpdir(), "medforge-daemon-"));
const started: RunningDaemon[] = [];

const plan = (argv: readonly string[], rest: Partial<DaemonPlan> = {}): DaemonPlan => ({
  name: "sleeper",
  argv,
  pidFile: join(folder, "sleeper.pid"),
  logFile: join(folder, "sleeper.log"),
  ready: async () => true,
  startMsMax: 500,
  stopMsMax: 200,
  ...rest,
});

const start = async (given: DaemonPlan) => {
  const daemon = await adoptOrStart(given);
  started.push(daemon);
  return daemon;
};

afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a second start adopts what runs; after a stop a new one is started", async () => {
  const first = await start(plan(["sleep", "60"]));
  const second = await start(plan(["sleep", "60"]));
  expect([second.pid, first.adopted, second.adopted]).toEqual([first.pid, false, true]);
  await second.stop();
  await second.stop();
  await first.exited();
  expect((await start(plan(["sleep", "60"]))).adopted).toBe(false);
});

test("one that ignores SIGTERM is killed", async () => {
  const stubborn = await start(plan(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]));
  await Bun.sleep(50);
  expect(await stopByPidFile(plan([]))).toBe(true);
  await stubborn.exited();
  expect(await stopByPidFile(plan([]))).toBe(false);
});

test("a pid that someone else has now is not taken for ours", async () => {
  await start(plan(["sleep", "60"]));
  const path = join(folder, "other.pid");
  writeFileSync(path, `${process.pid} 1\n`);
  expect(readPidFile(path)).toBeUndefined();
  writeFileSync(path, "garbage");
  expect(readPidFile(path)).toBeUndefined();
});

test("one that ends while starting, or is never ready, is reported with its last words", async () => {
  const dies = plan(["sh", "-c", "echo no disk; exit 1"], { ready: async () => false });
  expect(start(dies)).rejects.toThrow(/ended while starting:\nno disk/);
  await Bun.sleep(200);
  const silent = plan(["sleep", "60"], { ready: async () => false, pidFile: join(folder, "silent.pid") });
  await expect(start(silent)).rejects.toThrow(/was not ready within 500 ms/);
  expect(readPidFile(silent.pidFile)).toBeUndefined();
});
