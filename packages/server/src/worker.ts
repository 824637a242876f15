import { assemble, untilToldToStop } from "./assemble.ts";
import { prepareFolders } from "./competitions/folders.ts";
import { readConfig } from "./config.ts";
import { runBoards } from "./loops/boards.ts";
import { runHousekeeping } from "./loops/housekeeping.ts";
import { runScoring } from "./loops/score.ts";
import { showLife } from "./loops/sign-of-life.ts";

/** The worker: scoring, and what nobody waits for, in a process of its own so that it never slows a request. */

const config = readConfig(process.env);
prepareFolders(config.folders);
const deps = assemble(config);
const stop = untilToldToStop();
deps.log.info("worker.started");
await Promise.all([
  runScoring(deps, stop),
  runBoards(deps, stop),
  showLife(deps, stop),
  runHousekeeping(deps, stop),
]);
deps.scorer.close();
await deps.db.close();
deps.log.info("worker.stopped");
