import { type Static, Type } from "@sinclair/typebox";

import { Exactly } from "./fields.ts";

/**
 * The terminal's WebSocket. Bytes go both ways as binary messages: what is typed, and what the shell prints. Texts are
 * JSON: the server's first is `TerminalGreeting`, the browser's are `TerminalResize`.
 */

export const TerminalResize = Exactly({
  columns: Type.Integer({ minimum: 2, maximum: 500, description: "characters" }),
  rows: Type.Integer({ minimum: 2, maximum: 300, description: "characters" }),
});
export type TerminalResize = Static<typeof TerminalResize>;

export const ShellId = Type.String({
  pattern: "^[A-Za-z0-9_-]{43}$",
  description: "Of a shell that the same login had in this session a moment ago",
});

export interface TerminalGreeting {
  /** To be named when coming back. */
  readonly shell: string;
  /** It is the one that was named, and what it had printed follows; otherwise it is a new one. */
  readonly resumed: boolean;
}

/** A longer message breaks the connection. */
export const TERMINAL_MESSAGE_BYTES_MAX = 64 * 1024;
