import type { Asked } from "../messages.ts";

/** A scoring process that does what its job's file name says. It answers with its process id. */

const kept: Uint8Array[] = [];

/** Allocated and written to: memory that was only asked for is not there yet. */
function grow(bytes: number): void {
  kept.push(new Uint8Array(bytes).fill(1));
}

process.on("message", async (asked: Asked) => {
  const how = asked.do === "statistics" ? "answer" : asked.job.file;
  if (how === "hang") for (;;);
  if (how === "crash") process.kill(process.pid, "SIGSEGV");
  while (how === "hog") {
    grow(32 * 1024 ** 2);
    await Bun.sleep(5);
  }
  if (how === "grow") grow(250 * 1024 ** 2);
  process.send?.({ is: "done", value: process.pid, residentBytes: process.memoryUsage.rss() });
});
