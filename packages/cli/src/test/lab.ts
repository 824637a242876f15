/**
 * Runs inside a lab: brings up a real host's services, then the command that needs them. What it starts ends with the
 * lab, by the kernel's hand, so there is nothing to stop here; only a pool of the kernel's own would stay.
 * usage: lab.ts <scratch folder> <rootfs.tar> <command…>
 */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { command, startDaemon } from "@medforge/runtime/command";

import { ensureEngine } from "../host/engine.ts";
import { ensureMariadb } from "../host/mariadb.ts";
import { importPack } from "../host/pack.ts";
import { CHECKOUT, places } from "../host/places.ts";
import { ensurePool } from "../host/pool.ts";
import { step } from "../progress.ts";

const [scratch, rootfs, ...argv] = process.argv.slice(2);
if (scratch === undefined || rootfs === undefined || argv.length === 0) {
  console.error("usage: lab.ts <scratch folder> <rootfs.tar> <command…>");
  process.exit(2);
}

const state = join(scratch, "lab");
mkdirSync(state, { recursive: true });
chmodSync(scratch, 0o711);
const at = places(state);
const database = await step("database", () => ensureMariadb(at, { durable: false }));
const engine = await step("engine", () => ensureEngine(at));
const pool = await step("pool", () => ensurePool(at));
try {
  const image = await step("pack", () => importPack(CHECKOUT, rootfs, engine.host));
  await command(["zfs", "create", `${pool.pool}/test`]);
  const inside = startDaemon(argv, {
    logFile: "/dev/stdout",
    cwd: CHECKOUT,
    env: {
      MEDFORGE_TEST_DATABASE: database.url("mysql"),
      MEDFORGE_TEST_DOCKER: engine.host,
      MEDFORGE_TEST_IMAGE: image,
      MEDFORGE_TEST_ZFS: `${pool.pool}/test`,
      MEDFORGE_TEST_FIREWALL: "1",
    },
  });
  process.exitCode = await inside.exited;
} finally {
  if (pool.daemon === undefined) await command(["zpool", "destroy", "-f", pool.pool], { deadlineMs: 60_000 });
}
