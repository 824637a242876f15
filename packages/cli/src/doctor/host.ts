import { existsSync, readFileSync, statfsSync } from "node:fs";

import { command } from "@medforge/runtime/command";
import type { Deps } from "@medforge/server/deps";

import { findProgram } from "../host/programs.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

const GIB = 1024 ** 3;
const DISK_WARN_BYTES = 5 * GIB;
const DISK_BAD_BYTES = GIB;
/** No clock of a machine that runs this can be earlier. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const TCP_LISTEN = "0A";

/** @param foreign ports of the sessions' range that something else listens on */
export function portsFinding(range: string, foreign: Asked<readonly number[]>): Finding {
  const about = { name: "ssh ports", version: range };
  if (!("value" in foreign)) {
    return {
      ...about,
      code: "MF-PORT-2",
      level: "warn",
      says: foreign.problem,
      remedy: "Look at `ss -ltn`.",
    };
  }
  if (foreign.value.length === 0) {
    return { ...about, code: "MF-PORT-0", level: "ok", says: "free, or used by sessions", remedy: "" };
  }
  const says = `used by something else: ${foreign.value.join(", ")}`;
  return {
    ...about,
    code: "MF-PORT-1",
    level: "bad",
    says,
    remedy: "Find out what with `ss -ltnp`, and move it.",
  };
}

/** Ports that someone listens on, from the text of /proc/net/tcp or tcp6. */
export function listeningPorts(table: string): number[] {
  const rows = table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows
    .filter((fields) => fields[3] === TCP_LISTEN)
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16));
}

/** @param synchronised what the time service says; undefined when there is none to ask */
export function clockFinding(nowMs: number, synchronised: boolean | undefined): Finding {
  const about = { name: "clock", version: new Date(nowMs).toISOString() };
  if (nowMs < EARLIEST_MS) {
    return {
      ...about,
      code: "MF-TIME-1",
      level: "bad",
      says: "is years behind",
      remedy: "Set it: `timedatectl set-ntp true`.",
    };
  }
  if (synchronised === false) {
    const remedy = "Turn synchronisation on: `timedatectl set-ntp true`.";
    return { ...about, code: "MF-TIME-2", level: "warn", says: "is not synchronised", remedy };
  }
  const says = synchronised ? "synchronised" : "plausible; no time service to ask";
  return { ...about, code: "MF-TIME-0", level: "ok", says, remedy: "" };
}

export function diskFinding(folder: string, freeBytes: number): Finding {
  const about = { name: "disk", version: folder };
  const says = `${(freeBytes / GIB).toFixed(1)} GiB free`;
  if (freeBytes >= DISK_WARN_BYTES) return { ...about, code: "MF-DISK-0", level: "ok", says, remedy: "" };
  const level = freeBytes < DISK_BAD_BYTES ? "bad" : "warn";
  return {
    ...about,
    code: "MF-DISK-1",
    level,
    says,
    remedy: "Free some space: images, logs, old snapshots.",
  };
}

/** These need nothing of MedForge's to be up. */
export async function checkHost(state: string): Promise<Finding[]> {
  const { bavail, bsize } = statfsSync(state);
  return [clockFinding(Date.now(), await synchronised()), diskFinding(state, bavail * bsize)];
}

export async function checkPorts({ db, config }: Deps): Promise<Finding[]> {
  const { portFirst, portLast } = config.ssh;
  const foreign = await ask("the ports", async () => {
    const ours = await db.sessions.portsInUse();
    const tables = ["/proc/net/tcp", "/proc/net/tcp6"].filter((path) => existsSync(path));
    const taken = new Set(tables.flatMap((path) => listeningPorts(readFileSync(path, "utf8"))));
    return [...taken].filter((port) => port >= portFirst && port <= portLast && !ours.has(port)).sort();
  });
  return [portsFinding(`${portFirst}–${portLast}`, foreign)];
}

async function synchronised(): Promise<boolean | undefined> {
  const program = findProgram("timedatectl");
  if (program === undefined) return undefined;
  const said = await command([program, "show", "--property=NTPSynchronized", "--value"]);
  return said.exitCode === 0 ? said.stdout.trim() === "yes" : undefined;
}
