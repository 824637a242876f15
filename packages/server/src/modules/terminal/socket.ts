import type { ServerWebSocket } from "bun";

import { type TerminalGreeting, TerminalResize } from "@medforge/contracts/terminal";
import { TERMINAL_CLOSED } from "@medforge/contracts/terminal-closed";
import { MachineError } from "@medforge/runtime/errors";
import { Value } from "@sinclair/typebox/value";

import type { Deps } from "../../deps.ts";
import type { Screen, Shell } from "./shell.ts";

/** So much may wait to be sent; more is not read from the shell. */
const WAITING_BYTES_MAX = 128 * 1024;

/** What Elysia's own WebSocket handler calls on the data of a connection. */
export interface SocketCalls {
  open(ws: ServerWebSocket<SocketCalls>): void;
  message(ws: ServerWebSocket<SocketCalls>, message: string | Uint8Array): void;
  drain(): void;
  close(): void;
}

/** One WebSocket before one shell. */
export function socketCalls(deps: Deps, shell: Shell): SocketCalls {
  let screen: SocketScreen | undefined;
  const resize = async (text: string) => {
    const size: unknown = JSON.parse(text);
    if (!Value.Check(TerminalResize, size)) return screen?.close(TERMINAL_CLOSED.unfit);
    await shell.resize(size);
  };
  return {
    open(ws) {
      screen = new SocketScreen(ws, shell.id);
      shell.attach(screen);
    },
    message(_, message) {
      if (typeof message !== "string") return shell.type(message, deps.clock.now());
      resize(message).catch((error: unknown) => {
        // A terminal of a wrong width is no reason to lose it.
        if (error instanceof MachineError) deps.log.warn("terminal.not_resized", { fault: error.fault });
        else screen?.close(TERMINAL_CLOSED.unfit);
      });
    },
    drain() {
      screen?.drained();
    },
    close() {
      if (screen === undefined) return;
      screen.drained();
      shell.detach(screen, deps.clock.now());
    },
  };
}

class SocketScreen implements Screen {
  readonly #ws: ServerWebSocket<SocketCalls>;
  readonly #shellId: string;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(ws: ServerWebSocket<SocketCalls>, shellId: string) {
    this.#ws = ws;
    this.#shellId = shellId;
  }

  greet(resumed: boolean): void {
    const greeting: TerminalGreeting = { shell: this.#shellId, resumed };
    this.#ws.sendText(JSON.stringify(greeting));
  }

  show(bytes: Uint8Array): void {
    this.#ws.sendBinary(bytes);
  }

  async room(): Promise<void> {
    while (this.#ws.readyState === WebSocket.OPEN && this.#ws.getBufferedAmount() > WAITING_BYTES_MAX) {
      this.#waiting ??= Promise.withResolvers();
      await this.#waiting.promise;
    }
  }

  drained(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  close(code: number): void {
    this.#ws.close(code);
  }
}
