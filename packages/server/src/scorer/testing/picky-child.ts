import { readFileSync } from "node:fs";

import { answerInTurn } from "../answer-in-turn.ts";
import { createMeasuring } from "../measure.ts";

/** The scoring process, but the labels of a file say what it does: 0000 crashes, 0001 hangs, 0011 takes all memory. */

const measure = createMeasuring();
const kept: Uint8Array[] = [];
answerInTurn(async (asked) => {
  const labels =
    asked.do === "statistics" ? "" : readFileSync(asked.job.file, "utf8").replaceAll(/[^01]/g, "");
  if (labels === "0000") process.kill(process.pid, "SIGSEGV");
  if (labels === "0001") for (;;);
  while (labels === "0011") {
    kept.push(new Uint8Array(32 * 1024 ** 2).fill(1));
    await Bun.sleep(5);
  }
  return measure(asked);
});
