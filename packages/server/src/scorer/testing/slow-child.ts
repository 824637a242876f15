import { createMeasuring } from "../measure.ts";
import type { Asked } from "../messages.ts";

/** The scoring process, but slow enough to be killed in the middle. */

const measure = createMeasuring();
process.on("message", async (asked: Asked) => {
  await Bun.sleep(5_000);
  process.send?.({ ...(await measure(asked)), residentBytes: process.memoryUsage.rss() });
});
