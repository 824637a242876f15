import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startDaemon } from "../command.ts";
import { systemClock } from "../deadline.ts";
import { exclusively } from "./lock.ts";
import type { WorkspaceRef } from "./port.ts";

const newRef = (): WorkspaceRef => ({ userId: crypto.randomUUID(), workspaceId: crypto.randomUUID() });

test("two who want the same workspaces, in either order, have them one after the other", async () => {
  const [a, b] = [newRef(), newRef()];
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await Bun.sleep(5);
    inside--;
  };
  const orders = [[a, b], [b, a], [a], [b, a], [a, a]];
  await Promise.all(orders.map((refs) => exclusively(systemClock, refs, work)));
  expect(most).toBe(1);
});

test("different workspaces do not wait for each other, and a failure lets the next one in", async () => {
  const [a, b] = [newRef(), newRef()];
  const order: string[] = [];
  await exclusively(systemClock, [a], () =>
    exclusively(systemClock, [b], async () => void order.push("both")),
  );
  const failing = exclusively(systemClock, [a], () => Promise.reject(new Error("no")));
  const failed = expect(failing).rejects.toThrow("no");
  await exclusively(systemClock, [a], async () => void order.push("next"));
  await failed;
  expect(order).toEqual(["both", "next"]);
});

test("another process is waited for, and one that is killed lets go", async () => {
  const ref = newRef();
  const folder = mkdtempSync(join(tmpdir(), "medforge-lock-"));
  const log = join(folder, "log");
  const script = `
    const { exclusively } = await import(${JSON.stringify(join(import.meta.dir, "lock.ts"))});
    const { systemClock } = await import(${JSON.stringify(join(import.meta.dir, "..", "deadline.ts"))});
    await exclusively(systemClock, [${JSON.stringify(ref)}], async () => {
      console.log("mine");
      await Bun.sleep(60_000);
    });`;
  const other = startDaemon([process.execPath, "-e", script], { logFile: log });
  while (!readFileSync(log, "utf8").includes("mine")) await Bun.sleep(10);
  let ours = false;
  const waiting = exclusively(systemClock, [ref], async () => {
    ours = true;
  });
  await Bun.sleep(100);
  expect(ours).toBe(false);
  other.kill("SIGKILL");
  await waiting;
  expect(ours).toBe(true);
  rmSync(folder, { recursive: true });
});
