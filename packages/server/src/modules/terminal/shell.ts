import { TERMINAL_CLOSED } from "@medforge/contracts/terminal-closed";
import type { Terminal, TerminalSize } from "@medforge/runtime/containers/terminal";

import { Scrollback } from "./scrollback.ts";

export const SCROLLBACK_BYTES_MAX = 256 * 1024;
/** What was typed and the shell has not taken. */
const TYPED_BYTES_MAX = 1024 * 1024;

/** Where a shell is shown: one WebSocket. */
export interface Screen {
  greet(resumed: boolean): void;
  show(bytes: Uint8Array): void;
  /** Resolves when it may be shown more; at once when it is gone. */
  room(): Promise<void>;
  close(code: number): void;
}

/** A shell with at most one screen. While nobody looks it goes on, and what it prints is kept for whoever comes back. */
export class Shell {
  readonly id: string;
  readonly sessionId: string;
  readonly loginId: string;
  readonly #terminal: Terminal;
  readonly #scrollback = new Scrollback(SCROLLBACK_BYTES_MAX);
  #screen: Screen | undefined;
  #typed: Promise<void> = Promise.resolve();
  #typedBytes = 0;
  #attachedOnce = false;
  /** Unix milliseconds; undefined while somebody looks. */
  leftAtMs: number | undefined;
  lastTypedAtMs = 0;

  constructor(
    of: { readonly id: string; readonly sessionId: string; readonly loginId: string },
    terminal: Terminal,
    madeAtMs: number,
  ) {
    this.id = of.id;
    this.sessionId = of.sessionId;
    this.loginId = of.loginId;
    this.#terminal = terminal;
    this.leftAtMs = madeAtMs;
  }

  /** Whoever looked before is shown the door. */
  attach(screen: Screen): void {
    this.#screen?.close(TERMINAL_CLOSED.takenOver);
    this.#screen = screen;
    this.leftAtMs = undefined;
    screen.greet(this.#attachedOnce);
    this.#attachedOnce = true;
    const before = this.#scrollback.replay();
    if (before.byteLength > 0) screen.show(before);
  }

  detach(screen: Screen, nowMs: number): void {
    if (this.#screen !== screen) return;
    this.#screen = undefined;
    this.leftAtMs = nowMs;
  }

  type(bytes: Uint8Array, nowMs: number): void {
    this.lastTypedAtMs = nowMs;
    this.#typedBytes += bytes.byteLength;
    if (this.#typedBytes > TYPED_BYTES_MAX) {
      this.#screen?.close(TERMINAL_CLOSED.unfit);
      return;
    }
    const typed = () => {
      this.#typedBytes -= bytes.byteLength;
    };
    // A shell that takes nothing any more has ended, and `run` sees that.
    this.#typed = this.#typed.then(() => this.#terminal.write(bytes)).then(typed, typed);
  }

  resize(size: TerminalSize): Promise<void> {
    return this.#terminal.resize(size);
  }

  /** Resolves when the shell has ended. What is printed is read no faster than the screen takes it. */
  async run(): Promise<void> {
    for await (const chunk of this.#terminal.output) {
      this.#scrollback.add(chunk);
      this.#screen?.show(chunk);
      await this.#screen?.room();
    }
  }

  hangUp(): Promise<void> {
    return this.#terminal.hangUp();
  }

  close(code: number): void {
    this.#screen?.close(code);
  }
}
