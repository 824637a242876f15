/**
 * Runs a program of ours, a bench for instance, with a private MariaDB as it is in earnest: what it says is durable is.
 * usage: in-database.ts <program.ts> [argument…]
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startDaemon } from "@medforge/runtime/command";

import { ensureMariadb } from "../host/mariadb.ts";
import { CHECKOUT, places } from "../host/places.ts";

const [program, ...words] = process.argv.slice(2);
if (program === undefined) {
  console.error("usage: in-database.ts <program.ts> [argument…]");
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), "medforge-bench-"));
try {
  // MariaDB's own user has to pass.
  chmodSync(scratch, 0o711);
  const state = join(scratch, "state");
  mkdirSync(state);
  const at = places(state);
  const database = await ensureMariadb(at);
  const argv = [process.execPath, resolve(program), ...words];
  const env = {
    MEDFORGE_TEST_DATABASE: database.url("mysql"),
    MEDFORGE_TEST_DATABASE_PID: String(database.pid),
  };
  const running = startDaemon(argv, { logFile: "/dev/stdout", cwd: CHECKOUT, env });
  // Whoever stops us waits until the database is gone too.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => running.kill(signal));
  process.exitCode = await running.exited;
  await database.stop();
  rmSync(at.sockets, { recursive: true, force: true });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
