import { expect, test } from "bun:test";

import { textOfFrames, usageOf } from "./docker-usage.ts";

const cpu_stats = { cpu_usage: { total_usage: 2_500_000_000 } };

test("memory leaves out what the kernel would give up at once, in both versions of cgroups", () => {
  const v1 = { usage: 1_000, stats: { total_inactive_file: 300, inactive_file: 1 } };
  const v2 = { usage: 1_000, stats: { inactive_file: 300 } };
  for (const memory_stats of [v1, v2]) {
    expect(usageOf({ cpu_stats, memory_stats, pids_stats: { current: 7 } })).toEqual({
      cpuSeconds: 2.5,
      memoryBytes: 700,
      pids: 7,
    });
  }
});

test("a container that does not run uses nothing that is known", () => {
  expect(usageOf({ cpu_stats, memory_stats: {}, pids_stats: {} })).toBeUndefined();
});

test("frames become text, and one that is cut off ends it", () => {
  const frame = (text: string, length = text.length) => {
    const head = Buffer.alloc(8);
    head[0] = 1;
    head.writeUInt32BE(length, 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  expect(textOfFrames(Buffer.concat([frame("one\n"), frame("two\n")]))).toBe("one\ntwo\n");
  expect(textOfFrames(Buffer.concat([frame("one\n"), frame("tw", 4)]))).toBe("one\ntw");
  expect(textOfFrames(Buffer.concat([frame("one\n"), Buffer.from([1, 0, 0])]))).toBe("one\n");
  expect(textOfFrames(Buffer.alloc(0))).toBe("");
});
