import mysql, { type Connection } from "mysql2/promise";

/** Leadership: a named lock that MariaDB gives back by itself when its holder's connection ends. */
export interface HeldLock {
  /** Asks the server; false as soon as the connection that holds it is gone. Never throws. */
  held(): Promise<boolean>;
  /** When it resolves, the next to ask gets it. Never throws. */
  release(): Promise<void>;
}

/**
 * Takes the lock if nobody holds it. The name is per database, as GET_LOCK itself is per server.
 * @returns undefined when someone else holds it
 */
export async function tryLock(url: string, name: string): Promise<HeldLock | undefined> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000 });
  // Without a listener a broken connection would end the process; `held` tells instead.
  connection.on("error", () => undefined);
  try {
    const [rows] = await connection.query("select get_lock(concat(database(), '.', ?), 0) as held", [name]);
    if ((rows as { held: number | null }[])[0]?.held !== 1) {
      connection.destroy();
      return undefined;
    }
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return { held: () => stillHeld(connection, name), release: () => release(connection, name) };
}

async function release(connection: Connection, name: string): Promise<void> {
  try {
    // A server notices late that a connection has ended, and whoever asks next would still be refused.
    await connection.query({
      sql: "do release_lock(concat(database(), '.', ?))",
      values: [name],
      timeout: 5_000,
    });
  } catch {
    // It cannot be asked: then the end of the connection gives the lock back.
  } finally {
    connection.destroy();
  }
}

async function stillHeld(connection: Connection, name: string): Promise<boolean> {
  try {
    const [rows] = await connection.query({
      sql: "select is_used_lock(concat(database(), '.', ?)) = connection_id() as held",
      values: [name],
      timeout: 5_000,
    });
    return (rows as { held: number | null }[])[0]?.held === 1;
  } catch {
    // Any failure to ask means that we cannot claim to hold it.
    connection.destroy();
    return false;
  }
}
