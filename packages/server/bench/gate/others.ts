import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_S = 100;

/**
 * Seconds of CPU that everything outside of this lab has had so far: all that the machine spent, less what the
 * processes here had, with their children that have ended. A lab sees no others. Interrupts count for nobody.
 */
export function othersS(): number {
  // user, nice, system
  const machine = fields("/proc/stat", "cpu").slice(0, 3);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const ours = pids.flatMap((pid) => fields(`/proc/${pid}/stat`, ") ").slice(11, 15));
  return (sum(machine) - sum(ours)) / TICKS_PER_S;
}

/** Of the first line, from behind the first `after` on; none when the file has gone meanwhile. */
function fields(path: string, after: string): number[] {
  try {
    const [line = ""] = readFileSync(path, "utf8").split("\n", 1);
    const rest = line.slice(line.indexOf(after) + after.length);
    return rest.trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
