import { expect, test } from "bun:test";

import { command } from "./command.ts";
import { MachineError } from "./errors.ts";

const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof MachineError ? error.fault : String(error)),
  );

test("a program's output, errors and exit code come back whatever they are", async () => {
  expect(await command(["sh", "-c", "cat; echo bad >&2; exit 3"], { stdin: "in" })).toEqual({
    exitCode: 3,
    stdout: "in",
    stderr: "bad\n",
  });
});

test("a program that is not there is `broken`, with what to install", async () => {
  expect(await faultOf(command(["mf-no-such-program"]))).toBe("broken");
});

test("a program that takes too long is killed and is a `deadline`, also when a child of it keeps the pipes open", async () => {
  const before = performance.now();
  expect(await faultOf(command(["sh", "-c", "sleep 4 & sleep 4"], { deadlineMs: 100 }))).toBe("deadline");
  expect(performance.now() - before).toBeLessThan(2_000);
});
