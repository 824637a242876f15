import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { addUser, newId } from "@medforge/db/testing-competitions";

import { importTiny } from "./competitions/testing.ts";
import { until } from "./loops/testing/start-worker.ts";

const program = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

describe.if(databaseNamed)("medforge-api-worker, on a machine without the GPUs of the sessions", () => {
  let scratch: ScratchDatabase;
  let folder: string;
  beforeAll(async () => {
    scratch = await scratchDatabase();
    folder = mkdtempSync(join(tmpdir(), "mf-worker-"));
  });
  afterAll(async () => {
    await scratch.drop();
    rmSync(folder, { recursive: true });
  });

  test("scores, shows that it lives, ends when it is told to, and says nothing of the GPUs that it does not see", async () => {
    const { db } = scratch;
    const environment = {
      DATABASE_URL: scratch.url,
      MEDFORGE_RUNTIME: "memory",
      MEDFORGE_STATE_DIR: folder,
    };
    await db.gpus.add({
      id: newId(),
      uuid: "GPU-of-another-machine",
      name: "NVIDIA H100",
      memoryMib: 80_000,
      kind: "nvidia",
      enabled: true,
      present: true,
      lastUsedAt: null,
      createdAt: 0,
    });
    const tiny = await importTiny(db, environment);
    const { id } = await tiny.submit(await addUser(db), [1, 0, 1, 0]);
    const worker = Bun.spawn([process.execPath, program("medforge-api-worker")], {
      env: { PATH: process.env.PATH ?? "", ...environment },
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      await until(async () => (await db.submissions.byId(id))?.run?.state === "scored");
      await until(async () => (await db.workers.all()).length === 1);
      expect((await db.submissions.byId(id))?.run?.score).toBe(0.75);
      expect((await db.gpus.withHolders()).map(({ present }) => present)).toEqual([true]);
    } finally {
      worker.kill("SIGTERM");
    }
    expect(await worker.exited).toBe(0);
    expect(await new Response(worker.stdout).text()).toContain('"worker.stopped"');
  });
});
