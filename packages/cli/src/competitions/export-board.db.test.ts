import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { addCompetition, addUser, newId } from "@medforge/db/testing-competitions";
import { command } from "@medforge/runtime/command";

import { CHECKOUT } from "../host/places.ts";

const PROGRAM = join(CHECKOUT, "packages/cli/src/main.ts");
const LINES = 400;

describe.if(databaseNamed)("competition export-board", () => {
  let scratch: ScratchDatabase;
  let folder: string;
  beforeAll(async () => {
    scratch = await scratchDatabase();
    folder = mkdtempSync(join(tmpdir(), "mf-export-"));
    const { identityId } = await addCompetition(scratch.db, { slug: "large" });
    for (let at = 0; at < LINES; at++) {
      const userId = await addUser(scratch.db, `Somebody ${at}`);
      const entry = { userId, submissionId: newId(), score: at / LINES, submittedAt: 0 };
      await scratch.db.transaction((tx) => tx.boards.enter(identityId, "higher-is-better", entry, 0));
    }
  });
  afterAll(async () => {
    await scratch.drop();
    rmSync(folder, { recursive: true });
  });

  /** The command's stdout goes through `then`, a piece of shell. */
  const exported = (then: string) =>
    command(["sh", "-c", `"$0" "$1" competition export-board large ${then}`, process.execPath, PROGRAM], {
      env: { DATABASE_URL: scratch.url, MEDFORGE_RUNTIME: "memory", MEDFORGE_STATE_DIR: folder },
      cwd: folder,
      deadlineMs: 30_000,
    });

  test("gives all of a large board to a reader that takes its time, or to a file, with its SHA-256 beside it", async () => {
    const { stdout: json, stderr } = await exported("| (sleep 3; cat)");
    // More than a pipe holds.
    expect(json.length).toBeGreaterThan(65_536);
    expect(JSON.parse(json).lines).toHaveLength(LINES);
    expect(stderr).toBe(`SHA-256 ${createHash("sha256").update(json).digest("hex")}\n`);
    expect(await exported("--to board.json")).toMatchObject({ exitCode: 0, stdout: "" });
    expect(readFileSync(join(folder, "board.json"), "utf8")).toBe(json);
  });
});
