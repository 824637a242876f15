import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { startDaemon } from "@medforge/runtime/command";
import { type Clock, systemClock } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

/** A program that goes on running after us; known by its pid file, so that a later run finds it again. */
export interface DaemonPlan {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly pidFile: string;
  readonly logFile: string;
  /** Asked again and again until it says yes. */
  readonly ready: () => Promise<boolean>;
  readonly startMsMax: number;
  /** After SIGTERM; then SIGKILL. */
  readonly stopMsMax: number;
}

export interface RunningDaemon {
  readonly name: string;
  readonly pid: number;
  /** It ran already: an earlier `up` started it. */
  readonly adopted: boolean;
  /** Resolves when it has ended, for whatever reason. Waiting for it keeps our process alive. */
  exited(): Promise<void>;
  /** Afterwards it has ended. Called twice it changes nothing. */
  stop(): Promise<void>;
}

const LOOK_AGAIN_MS = 100;
const KILL_MS_MAX = 5_000;

/**
 * Afterwards the daemon runs and is ready: the one that runs already, or a new one.
 * @throws MachineError `broken` with the end of its log when it ends or is not ready in time
 */
export async function adoptOrStart(plan: DaemonPlan, clock: Clock = systemClock): Promise<RunningDaemon> {
  const known = readPidFile(plan.pidFile);
  if (known !== undefined) return awaitReady(plan, running(plan, known, true, clock), clock);

  mkdirSync(dirname(plan.pidFile), { recursive: true });
  mkdirSync(dirname(plan.logFile), { recursive: true });
  const child = startDaemon(plan.argv, {
    logFile: plan.logFile,
    detached: true,
    ...(plan.env === undefined ? {} : { env: plan.env }),
  });
  writePidFile(plan.pidFile, child.pid);
  return awaitReady(plan, running(plan, child.pid, false, clock), clock);
}

/** Stops what the pid file names, if it runs. @returns whether it did */
export async function stopByPidFile(
  plan: Pick<DaemonPlan, "name" | "pidFile" | "stopMsMax">,
  clock: Clock = systemClock,
): Promise<boolean> {
  const pid = readPidFile(plan.pidFile);
  if (pid === undefined) return false;
  await end(pid, plan.stopMsMax, clock);
  rmSync(plan.pidFile, { force: true });
  return true;
}

/** The pid in the file, if that very process still runs. */
export function readPidFile(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const [pid, birth] = text.trim().split(" ");
  return Number(pid) > 0 && birthOf(Number(pid)) === birth ? Number(pid) : undefined;
}

export function writePidFile(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${pid} ${birthOf(pid) ?? "gone"}\n`, { mode: 0o600 });
}

/** When the process was born, in clock ticks: pids are used again, births are not. Undefined when it has ended. */
function birthOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return existsWithoutProc(pid) ? "unknown" : undefined;
  }
  // The second field is the name in brackets and may hold anything; the state follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function existsWithoutProc(pid: number): boolean {
  if (process.platform === "linux") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function running(plan: DaemonPlan, pid: number, adopted: boolean, clock: Clock): RunningDaemon {
  const birth = birthOf(pid);
  const exited = async () => {
    while (birth !== undefined && birthOf(pid) === birth) await clock.sleep(LOOK_AGAIN_MS);
  };
  const stop = async () => {
    await end(pid, plan.stopMsMax, clock);
    if (readPidFile(plan.pidFile) === undefined) rmSync(plan.pidFile, { force: true });
  };
  return { name: plan.name, pid, adopted, exited, stop };
}

async function end(pid: number, stopMsMax: number, clock: Clock): Promise<void> {
  const birth = birthOf(pid);
  const gone = async (msMax: number) => {
    for (let ms = 0; ms < msMax; ms += LOOK_AGAIN_MS) {
      if (birthOf(pid) !== birth) return true;
      await clock.sleep(LOOK_AGAIN_MS);
    }
    return birthOf(pid) !== birth;
  };
  if (birth === undefined) return;
  process.kill(pid, "SIGTERM");
  if (await gone(stopMsMax)) return;
  process.kill(pid, "SIGKILL");
  await gone(KILL_MS_MAX);
}

async function awaitReady(plan: DaemonPlan, daemon: RunningDaemon, clock: Clock): Promise<RunningDaemon> {
  const birth = birthOf(daemon.pid);
  const hasEnded = () => birth === undefined || birthOf(daemon.pid) !== birth;
  const giveUpAt = clock.now() + plan.startMsMax;
  while (!hasEnded() && clock.now() < giveUpAt) {
    if (await plan.ready().catch(() => false)) return daemon;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  const ended = hasEnded();
  if (!daemon.adopted) await daemon.stop();
  throw new MachineError(
    "broken",
    `${plan.name} ${ended ? "ended while starting" : `was not ready within ${plan.startMsMax} ms`}:\n${logTail(plan.logFile)}`,
    `Read ${plan.logFile}.`,
  );
}

function logTail(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.slice(-8).join("\n");
}
