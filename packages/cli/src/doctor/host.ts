import { statfsSync } from "node:fs";

import { command } from "@medforge/runtime/command";
import type { Finding } from "@medforge/server/doctor/finding";

import { findProgram } from "../host/programs.ts";

const GIB = 1024 ** 3;
const DISK_WARN_BYTES = 5 * GIB;
const DISK_BAD_BYTES = GIB;
/** No clock of a machine that runs this can be earlier. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

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

async function synchronised(): Promise<boolean | undefined> {
  const program = findProgram("timedatectl");
  if (program === undefined) return undefined;
  const said = await command([program, "show", "--property=NTPSynchronized", "--value"]);
  return said.exitCode === 0 ? said.stdout.trim() === "yes" : undefined;
}
