import { closeSync, openSync } from "node:fs";

import { MachineError } from "./errors.ts";

/** The only file that starts a process. Argument lists, never a shell; every call has a deadline. */

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Default 15 s. When it passes, the process gets SIGKILL and the call throws a `deadline` fault. */
  readonly deadlineMs?: number;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end and returns what it said, whatever its exit code.
 * @throws MachineError `broken` when the program is not installed, `deadline` when it took too long
 */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const deadlineMs = options.deadlineMs ?? 15_000;
  const child = spawned(argv, () =>
    Bun.spawn([...argv], {
      stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
      stdout: "pipe",
      stderr: "pipe",
      // LC_ALL: error texts are parsed, so they must come in one language.
      env: { ...process.env, LC_ALL: "C", ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }),
  );
  const ended = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const patience = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => patience.resolve(undefined), deadlineMs);
  const result = await Promise.race([ended, patience.promise]).finally(() => clearTimeout(timer));
  if (result !== undefined) {
    const [stdout, stderr, exitCode] = result;
    return { exitCode, stdout, stderr };
  }
  // Not awaited: a process that is stuck in the kernel outlives even SIGKILL, and we must not wait for it.
  child.kill("SIGKILL");
  child.unref();
  ended.catch(() => undefined);
  throw new MachineError(
    "deadline",
    `\`${argv.join(" ")}\` did not end within ${deadlineMs} ms`,
    "Look at the machine's load and disks, then try again.",
  );
}

export interface DaemonOptions {
  /** Receives stdout and stderr. */
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a session of its own (setsid): it gets no Ctrl-C from our terminal and goes on when we end. */
  readonly detached?: boolean;
}

export interface Daemon {
  readonly pid: number;
  /** Resolves with the exit code, or 128 + signal, when it ends. */
  readonly exited: Promise<number>;
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): void;
}

/** Starts a program that goes on running, its output appended to a file. Unless `detached`, it ends with our terminal. */
export function startDaemon(argv: readonly string[], options: DaemonOptions): Daemon {
  const log = openAppend(options.logFile);
  const child = spawned(argv, () =>
    Bun.spawn([...argv], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
      env: { ...process.env, ...options.env },
      detached: options.detached ?? false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }),
  );
  closeSync(log);
  if (options.detached) child.unref();
  return { pid: child.pid, exited: child.exited, kill: (signal) => child.kill(signal) };
}

function spawned<T>(argv: readonly string[], spawn: () => T): T {
  try {
    return spawn();
  } catch (cause) {
    throw new MachineError(
      "broken",
      `\`${argv[0]}\` could not be started`,
      `Install \`${argv[0]}\`, or put it on the PATH.`,
      cause,
    );
  }
}

function openAppend(path: string): number {
  return openSync(path, "a", 0o600);
}

export interface Companion {
  readonly pid: number;
  /** Resolves with the exit code, or 128 + signal, when it has ended and all that it sent was heard. */
  readonly exited: Promise<number>;
  /** What JSON can say; a message to a companion that has ended is lost. */
  send(message: unknown): void;
  /** SIGKILL. */
  kill(): void;
}

/**
 * Starts a Bun program that answers messages (`process.on("message")`, `process.send`) and never outlives this process,
 * however this one ends. It sees none of our environment and nothing that it prints is kept.
 */
export function startCompanion(program: string, heard: (message: unknown) => void): Companion {
  const silent = Promise.withResolvers<void>();
  const child = spawned(["setpriv"], () =>
    Bun.spawn(["setpriv", "--pdeathsig", "KILL", process.execPath, program], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
      // For small messages three times as fast as Bun's structured ones.
      serialization: "json",
      ipc: heard,
      onDisconnect: silent.resolve,
    }),
  );
  return {
    pid: child.pid,
    exited: Promise.all([child.exited, silent.promise]).then(([code]) => code),
    send: (message) => {
      if (child.exitCode === null && child.signalCode === null) child.send(message);
    },
    kill: () => child.kill("SIGKILL"),
  };
}
