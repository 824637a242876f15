/** Why the server closes the WebSocket. After any other code the shell may live on: come back with its id. */
export const TERMINAL_CLOSED = {
  /** The shell ended by itself. */
  shellEnded: 4000,
  /** The login ended, or its right to be here. */
  loginEnded: 4001,
  /** The session is not RUNNING any more. */
  sessionEnded: 4002,
  /** The same shell was opened elsewhere. */
  takenOver: 4003,
  /** A message was too long or none of ours, or more was typed than the shell took. */
  unfit: 4004,
} as const;
