import { openDatabase } from "@medforge/db/database";
import { systemClock } from "@medforge/runtime/deadline";

import { createBell } from "./bell.ts";
import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";
import { jsonLog } from "./log.ts";
import { machineFor } from "./machine.ts";
import { createRights } from "./rights.ts";
import { createScorer } from "./scorer/scorer.ts";

/** Submissions that are judged or measured at once; the others wait their turn. */
const SCORER_PROCESSES = 2;

/** The real dependencies: the machine, the clock and chance that the settings name. */
export function assemble(config: Config): Deps {
  return {
    config,
    db: openDatabase(config.databaseUrl),
    ...machineFor(config, systemClock),
    scorer: createScorer({ processes: SCORER_PROCESSES, ...config.scoring }),
    clock: systemClock,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    log: jsonLog((line) => void process.stdout.write(line), systemClock.now),
    bell: createBell(),
    rights: createRights(),
  };
}

/** Aborts on SIGTERM and SIGINT. */
export function untilToldToStop(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
