import { heapStats } from "bun:jsc";
import { writeFileSync } from "node:fs";

/** Preloaded into the server that is measured: on SIGUSR2 it collects garbage and writes down what is still alive. */

const file = process.env.BENCH_PROBE_FILE;
if (file !== undefined) {
  process.on("SIGUSR2", () => {
    Bun.gc(true);
    const { objectTypeCounts, heapSize } = heapStats();
    writeFileSync(file, JSON.stringify({ heapBytes: heapSize, alive: objectTypeCounts }));
  });
}
