import { answerInTurn } from "../answer-in-turn.ts";

/** A scoring process that does what its job's file name says. It answers with its process id. */

const kept: Uint8Array[] = [];

/** Allocated and written to: memory that was only asked for is not there yet. */
function grow(bytes: number): void {
  kept.push(new Uint8Array(bytes).fill(1));
}

answerInTurn(async (asked) => {
  const how = asked.do === "statistics" ? "answer" : asked.job.file;
  if (how === "hang") for (;;);
  if (how === "crash") process.kill(process.pid, "SIGSEGV");
  while (how === "hog") {
    grow(32 * 1024 ** 2);
    await Bun.sleep(5);
  }
  if (how === "slow") await Bun.sleep(1_000);
  if (how === "grow") grow(250 * 1024 ** 2);
  return { is: "done", value: process.pid };
});
