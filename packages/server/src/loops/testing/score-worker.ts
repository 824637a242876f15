import { assemble, untilToldToStop } from "../../assemble.ts";
import { readConfig } from "../../config.ts";
import type { Deps } from "../../deps.ts";
import { createScorer } from "../../scorer/scorer.ts";
import { runScoring } from "../score.ts";

/** A worker as a process of its own that tests kill: `score-worker.ts <settings as JSON>`. */

export interface WorkerSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly leaseMs: number;
  /** Says `computed` and never writes what it has computed. */
  readonly neverWrites?: boolean;
  /** A scoring process that is not ours. */
  readonly program?: string;
  readonly deadlineMs?: number;
  readonly memoryBytesMax?: number;
}

const settings: WorkerSettings = JSON.parse(process.argv[2] ?? "");
const plain = assemble(readConfig(settings.environment));
const scorer = createScorer({
  processes: 1,
  deadlineMs: settings.deadlineMs ?? 20_000,
  memoryBytesMax: settings.memoryBytesMax ?? 2 ** 31,
  ...(settings.program !== undefined && { program: settings.program }),
});
const deps: Deps = {
  ...plain,
  scorer: {
    ...scorer,
    score: async (job, signal) => {
      process.stdout.write("computing\n");
      const report = await scorer.score(job, signal);
      process.stdout.write("computed\n");
      if (settings.neverWrites === true) await new Promise(() => undefined);
      return report;
    },
  },
};
const stop = untilToldToStop();
process.stdout.write("ready\n");
// However slow this machine is, submissions are small.
const claimMs = 60_000;
await runScoring(deps, stop, { leaseMs: settings.leaseMs, idleMs: 20, claimMs, putOffMs: [50, 100] });
scorer.close();
await deps.db.close();
