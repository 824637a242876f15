import { writeFileSync } from "node:fs";

import { createMeasuring } from "./measure.ts";
import type { Asked } from "./messages.ts";

/** The scoring process. Asked one thing at a time; `process.ts` is its other end and kills it when it takes too long. */

// When memory runs out, this process goes first, and neither the worker, the API nor the database.
writeFileSync("/proc/self/oom_score_adj", "1000");

const measure = createMeasuring();
process.on("message", async (asked: Asked) => {
  const answered = await measure(asked);
  process.send?.({ ...answered, residentBytes: process.memoryUsage.rss() });
});
process.on("disconnect", () => process.exit());
