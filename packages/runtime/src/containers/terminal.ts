import { containerName, type Slug } from "@medforge/core/ids";

import { MachineError } from "../errors.ts";

/** A shell in a session with a terminal of its own, as `Containers.terminal` opens it. */
export interface Terminal {
  /**
   * What it prints, from its first byte; ends when the shell has, however that came. Taken from the engine only as fast
   * as it is read here: a shell that nobody reads has to wait, as in front of any full terminal.
   */
  readonly output: ReadableStream<Uint8Array>;

  /** Types these bytes. Resolves when more may come; into a shell that has ended it changes nothing. */
  write(bytes: Uint8Array): Promise<void>;

  /** For a shell that has ended it changes nothing. */
  resize(size: TerminalSize): Promise<void>;

  /**
   * Afterwards the shell is gone, and with it what it ran in the foreground; the container goes on. Twice is as once.
   * @throws MachineError `broken` when the engine is not on this host
   */
  hangUp(): Promise<void>;
}

/** In characters, at least 1 each. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export function notRunning(slug: Slug): MachineError {
  return new MachineError(
    "missing",
    `the container ${containerName(slug)} does not run`,
    "Look at the session's state, then try again.",
  );
}
