/** The one place that knows MariaDB's error numbers. */

export type DatabaseFault =
  /** A unique index refused it: someone else has that already. */
  | { readonly is: "duplicate"; readonly index: string }
  /** Two transactions stood in each other's way; trying again is right. */
  | { readonly is: "contention" }
  /** No connection, or it broke; whether the statement was done is unknown. */
  | { readonly is: "lost" };

const LOST = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ER_SERVER_SHUTDOWN",
  "ER_CON_COUNT_ERROR",
  "ER_CONNECTION_KILLED",
  "ER_NEW_ABORTING_CONNECTION",
  "ER_ABORTING_CONNECTION",
  "ER_STATEMENT_TIMEOUT",
  "POOL_ENQUEUELIMIT",
]);
const LOST_MESSAGE =
  /pool is closed|connection is in closed state|closed state|Connection lost|No connections available|Queue limit reached/i;

/** What a failed query means, or undefined when it is a mistake of ours. Looks through the causes that drizzle adds. */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = "code" in at && typeof at.code === "string" ? at.code : "";
    if (code === "ER_DUP_ENTRY")
      return { is: "duplicate", index: /for key '(?:.*\.)?([^']+)'/.exec(at.message)?.[1] ?? "" };
    if (code === "ER_LOCK_DEADLOCK" || code === "ER_LOCK_WAIT_TIMEOUT" || code === "ER_CHECKREAD")
      return { is: "contention" };
    if (LOST.has(code) || LOST_MESSAGE.test(at.message)) return { is: "lost" };
  }
  return undefined;
}

export function isDuplicate(error: unknown, index?: string): boolean {
  const fault = databaseFault(error);
  return fault?.is === "duplicate" && (index === undefined || fault.index === index);
}
