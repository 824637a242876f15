import { expect, test } from "bun:test";

import { add, bunCounts, type Counts, closingLine } from "./counts.ts";

const run = (lines: string) => `\nx.test.ts:\n(pass) a\n\n${lines}`;

test("what Bun prints, and what it does not, is counted", () => {
  const table: [string, string, number, number, Counts][] = [
    [
      "all well",
      " 3 pass\n 0 fail\nRan 3 tests across 2 files. [9.00ms]",
      0,
      2,
      { passed: 3, failed: 0, skipped: 0 },
    ],
    [
      "skips",
      " 3 pass\n 1 skip\n 2 todo\n 0 fail\nRan 6 tests across 1 file. [9.00ms]",
      0,
      1,
      { passed: 3, failed: 0, skipped: 3 },
    ],
    [
      "a failure",
      " 2 pass\n 1 fail\nRan 3 tests across 1 file. [9.00ms]",
      1,
      1,
      { passed: 2, failed: 1, skipped: 0 },
    ],
    [
      "a file that fails to load",
      " 2 pass\n 0 fail\n 1 error\nRan 2 tests across 2 files. [9.00ms]",
      1,
      2,
      { passed: 2, failed: 1, skipped: 0 },
    ],
    [
      "a file that was not run",
      " 2 pass\n 0 fail\nRan 2 tests across 1 file. [9.00ms]",
      0,
      2,
      { passed: 2, failed: 1, skipped: 0 },
    ],
    [
      "an exit code without a failure",
      " 2 pass\n 0 fail\nRan 2 tests across 1 file. [9.00ms]",
      1,
      1,
      { passed: 2, failed: 1, skipped: 0 },
    ],
    ["a crash", "Segmentation fault", 139, 1, { passed: 0, failed: 1, skipped: 0 }],
    ["nothing at all", "", 0, 1, { passed: 0, failed: 1, skipped: 0 }],
  ];
  for (const [name, text, exitCode, files, counts] of table) {
    expect({ name, ...bunCounts(run(text), exitCode, files) }).toEqual({ name, ...counts });
  }
});

test("a summary that a test prints itself does not count, the last one does", () => {
  const own = " 99 pass\n 99 fail\n";
  const text = `${own}${run(" 1 pass\n 0 fail\nRan 1 test across 1 file. [9.00ms]")}`;
  expect(bunCounts(text, 0, 1)).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test("the closing line names skips only where there are any", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine(add({ passed: 1, failed: 2, skipped: 0 }, { passed: 0, failed: 0, skipped: 4 }))).toBe(
    "1 passed, 2 failed, 4 skipped",
  );
});
