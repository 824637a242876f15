import { runHousekeeping } from "./loops/housekeeping.ts";
import { runWorker } from "./run-worker.ts";

/** The host's worker: scoring, and what nobody waits for, in a process of its own so that it never slows a request. */

await runWorker(runHousekeeping);
