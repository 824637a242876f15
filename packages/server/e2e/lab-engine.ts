import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { startDaemon } from "@medforge/runtime/command";

import type { RawEngine } from "./engine.ts";
import { named } from "./named.ts";
import { until } from "./until.ts";

/** The lab's own dockerd, killed and started again as it was. Only for tests that look at `inLab` first. */
export async function killEngine(): Promise<{ readonly argv: readonly string[] }> {
  const found = processes().find(
    ({ argv }) => /(^|\/)dockerd$/.test(argv[0] ?? "") && argv.includes(`--host=${named().dockerHost}`),
  );
  if (found === undefined) throw new Error(`no dockerd here listens on ${named().dockerHost}`);
  process.kill(found.pid, "SIGKILL");
  await until("the engine's end", 5_000, () => !processes().some(({ pid }) => pid === found.pid));
  return found;
}

export async function startEngine(
  { argv }: { readonly argv: readonly string[] },
  engine: RawEngine,
  folder: string,
): Promise<void> {
  // It outlives this test: later ones use it.
  startDaemon(argv, { logFile: join(folder, "dockerd.log"), detached: true });
  await until("the engine", 30_000, async () => (await engine.tell("GET", "/info")) !== undefined, 100);
}

function processes(): { readonly pid: number; readonly argv: readonly string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").slice(0, -1);
        return argv.length === 0 ? [] : [{ pid: Number(name), argv }];
      } catch {
        return [];
      }
    });
}
