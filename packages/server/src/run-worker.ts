import { assemble, untilToldToStop } from "./assemble.ts";
import { prepareFolders } from "./competitions/folders.ts";
import { readConfig } from "./config.ts";
import type { Deps } from "./deps.ts";
import { runBoards } from "./loops/boards.ts";
import { runScoring } from "./loops/score.ts";
import { showLife } from "./loops/sign-of-life.ts";

type Loop = (deps: Deps, signal: AbortSignal) => Promise<void>;

/** Scores, and keeps the boards' statistics, until it is told to stop. @param more loops of the host's own worker */
export async function runWorker(...more: readonly Loop[]): Promise<void> {
  const config = readConfig(process.env);
  prepareFolders(config.folders);
  const deps = assemble(config);
  const stop = untilToldToStop();
  deps.log.info("worker.started");
  const scoring: Loop = (own, signal) => runScoring(own, signal);
  await Promise.all([scoring, runBoards, showLife, ...more].map((loop) => loop(deps, stop)));
  deps.scorer.close();
  await deps.db.close();
  deps.log.info("worker.stopped");
}
