import { readFileSync } from "node:fs";

/** CPU time of processes and of the whole machine, from Linux's `/proc`. */

/** A round in which others were at work says nothing, and another one is run in its place. */
export const OTHERS_CORES_MAX = 0.15;
const TICKS_PER_S = 100;

/** Seconds of CPU that these processes have had. */
export function cpuOf(pids: readonly number[]): number {
  return pids.reduce((all, pid) => all + cpuS(pid), 0);
}

/** Of a process and its threads. */
function cpuS(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Seconds of CPU that the whole machine has spent, on whatever. */
export function busyS(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softirq) / TICKS_PER_S;
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}
