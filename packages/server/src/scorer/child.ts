import { writeFileSync } from "node:fs";

import { answerInTurn } from "./answer-in-turn.ts";
import { createMeasuring } from "./measure.ts";

/** The scoring process; `process.ts` is its other end and kills it when it takes too long. */

// When memory runs out, this process goes first, and neither the worker, the API nor the database.
writeFileSync("/proc/self/oom_score_adj", "1000");

answerInTurn(createMeasuring());
process.on("disconnect", () => process.exit());
