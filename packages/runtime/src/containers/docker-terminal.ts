import { readlinkSync } from "node:fs";
import type { Duplex } from "node:stream";

import type Docker from "dockerode";

import { type Clock, within } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import type { DockerConnection } from "./docker-connection.ts";
import { engineError, statusOf } from "./docker-errors.ts";
import type { Terminal, TerminalSize } from "./terminal.ts";

const CALL_MS_MAX = 10_000;
/** For a shell to end by itself after SIGHUP, before SIGKILL. */
const GRACE_MS = 1_000;
const GONE_MS_MAX = 5_000;
const LOOK_AGAIN_MS = 25;
/** So much is taken from the engine ahead of who reads. */
const AHEAD_BYTES_MAX = 64 * 1024;

export interface TerminalPlace {
  readonly containerId: string;
  /** Of the container's first process, as this host counts. */
  readonly pid: number;
}

/** A login shell of the session's user, who has no right that SSH would not give; what sshd sets, it finds set here. */
export async function openDockerTerminal(
  engine: DockerConnection,
  clock: Clock,
  { containerId, pid }: TerminalPlace,
  size: TerminalSize,
): Promise<Terminal> {
  const made = await engine.call("making a terminal", CALL_MS_MAX, (api, abortSignal) =>
    api.getContainer(containerId).exec({
      Cmd: ["/bin/bash", "--login"],
      User: "1000:1000",
      WorkingDir: "/workspace",
      Env: ["TERM=xterm-256color", "LANG=C.UTF-8", "USER=medforge", "LOGNAME=medforge", "SHELL=/bin/bash"],
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    }),
  );
  // Without a bound on the connection: a shell may say nothing for hours.
  const exec = (await engine.unbounded()).getExec(made.id);
  const what = "starting a terminal";
  const stream = await within(clock, CALL_MS_MAX, what, () =>
    exec.start({ hijack: true, stdin: true, Tty: true }),
  ).catch((error: unknown) => {
    throw engineError(what, engine.host, error);
  });
  const terminal = new DockerTerminal(engine, clock, { exec, stream, containerPid: pid });
  await terminal.resize(size);
  return terminal;
}

interface Line {
  readonly exec: Docker.Exec;
  readonly stream: Duplex;
  readonly containerPid: number;
}

class DockerTerminal implements Terminal {
  readonly output: ReadableStream<Uint8Array>;
  readonly #engine: DockerConnection;
  readonly #clock: Clock;
  readonly #line: Line;
  #hungUp: Promise<void> | undefined;

  constructor(engine: DockerConnection, clock: Clock, line: Line) {
    this.#engine = engine;
    this.#clock = clock;
    this.#line = line;
    this.output = outputOf(line.stream);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { stream } = this.#line;
    if (!stream.writable || stream.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ["drain", "close", "error"]) stream.off(event, done);
        resolve();
      };
      for (const event of ["drain", "close", "error"]) stream.on(event, done);
    });
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.#engine
      .call("resizing a terminal", CALL_MS_MAX, (_, abortSignal) =>
        this.#line.exec.resize({ w: columns, h: rows, abortSignal }),
      )
      .catch((error: unknown) => {
        // The engine's answers for a shell, or a container, that has ended; what matters is seen by `output`'s end.
        if (statusOf(error) === undefined) throw error;
      });
  }

  hangUp(): Promise<void> {
    const hanging = this.#hungUp ?? this.#hangUp();
    this.#hungUp = hanging;
    hanging.catch(() => {
      this.#hungUp = undefined;
    });
    return hanging;
  }

  /**
   * By pid: the engine keeps the terminal's other side, so the shell would not notice that nobody is there any more.
   * SIGHUP is what bash hands on to its jobs; a leader that dies of SIGKILL has the kernel do it for the foreground.
   */
  async #hangUp(): Promise<void> {
    const begunAtMs = this.#clock.now();
    let sent: "SIGHUP" | "SIGKILL" | undefined;
    for (;;) {
      const pid = await this.#pid();
      if (pid === undefined) break;
      const msSince = this.#clock.now() - begunAtMs;
      if (msSince > GONE_MS_MAX) {
        throw new MachineError("deadline", "a shell did not end after SIGKILL", "Stop the session.");
      }
      const due = msSince < GRACE_MS ? "SIGHUP" : "SIGKILL";
      if (sent !== due) this.#signal(pid, due);
      sent = due;
      await this.#clock.sleep(LOOK_AGAIN_MS);
    }
    this.#line.stream.destroy();
  }

  /** Of the shell while it runs, as this host counts. */
  async #pid(): Promise<number | undefined> {
    try {
      const { Running: running, Pid: pid } = await this.#engine.call(
        "looking at a terminal",
        CALL_MS_MAX,
        (_, abortSignal) => this.#line.exec.inspect({ abortSignal }),
      );
      return running && pid > 0 ? pid : undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** The namespace is compared, in case the number is another process's by now. */
  #signal(pid: number, signal: "SIGHUP" | "SIGKILL"): void {
    const own = namespaceOf(pid);
    const container = namespaceOf(this.#line.containerPid);
    // Either of them has just ended: the next look will tell.
    if (own === undefined || container === undefined) return;
    if (own !== container) {
      throw new MachineError(
        "broken",
        "a shell cannot be hung up: its process is not on this host",
        "The server needs to be root on the host of the engine; stop the session instead.",
      );
    }
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}

/** The engine's stream, paused while whoever reads has enough ahead. A break of the line is an end like any other. */
function outputOf(stream: Duplex): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true;
        const end = () => {
          if (open) controller.close();
          open = false;
        };
        stream.on("data", (chunk: Buffer) => {
          if (!open) return;
          controller.enqueue(new Uint8Array(chunk));
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        });
        for (const event of ["end", "close", "error"]) stream.on(event, end);
      },
      pull() {
        stream.resume();
      },
      cancel() {
        stream.destroy();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: AHEAD_BYTES_MAX }),
  );
}
