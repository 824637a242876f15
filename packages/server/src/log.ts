/** One JSON object a line. Never tokens, keys, passwords, nor the parameters of a failed query. */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields & { readonly cause?: never }, cause?: unknown): void;
}

export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const line = (level: string, event: string, fields: LogFields = {}) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`);
  return {
    info: (event, fields) => line("info", event, fields),
    warn: (event, fields) => line("warn", event, fields),
    error: (event, fields, cause) =>
      line(
        "error",
        event,
        cause === undefined ? fields : { ...fields, error: causeOf(cause), stack: stackOf(cause) },
      ),
  };
}

/**
 * The innermost message of an error. Drizzle's outer one repeats the query with its parameters, which may be a
 * password's hash: only what the driver itself said gets into the log.
 */
export function causeOf(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? `${at.name}: ${at.message}` : String(at);
}

/** Only places, no message. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return (error.stack ?? "")
    .split("\n")
    .filter((frame) => frame.trim().startsWith("at "))
    .slice(0, 8)
    .map((frame) => frame.trim())
    .join(" < ");
}
