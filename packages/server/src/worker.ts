import { assemble, untilToldToStop } from "./assemble.ts";
import { readConfig } from "./config.ts";
import { runHousekeeping } from "./loops/housekeeping.ts";

/** The worker: what nobody waits for, in a process of its own so that it never slows a request. */

const deps = assemble(readConfig(process.env));
const stop = untilToldToStop();
deps.log.info("worker.started");
await runHousekeeping(deps, stop);
deps.scorer.close();
await deps.db.close();
deps.log.info("worker.stopped");
