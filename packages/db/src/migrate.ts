import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { Connection } from "mysql2/promise";

const FOLDER = fileURLToPath(new URL("../migrations", import.meta.url));
const LOCK_WAIT_S = 60;
const JOURNAL = `create table if not exists medforge_migrations (
  file varchar(100) not null, statement int not null, hash char(64) not null,
  at datetime(6) not null default utc_timestamp(6), primary key (file, statement))`;

/**
 * Brings the database to the newest schema. MariaDB cannot undo DDL, so progress is written down statement by
 * statement: a run that was cut short goes on where it stopped. Only one process migrates at a time.
 * @returns how many statements were run; 0 when everything was in place
 * @throws Error when a migration that was run before has changed since
 */
export async function migrate(connection: Connection): Promise<number> {
  return onlyOne(connection, async () => {
    await connection.query(JOURNAL);
    const done = await journal(connection);
    let ran = 0;
    for (const { file, statement, sql, hash } of await statements()) {
      const before = done.get(`${file}:${statement}`);
      if (before !== undefined) {
        if (before !== hash)
          throw new Error(
            `${file}, statement ${statement}, was changed after it had been run. Add a new migration instead.`,
          );
        continue;
      }
      await connection.query(sql);
      await connection.execute("insert into medforge_migrations (file, statement, hash) values (?, ?, ?)", [
        file,
        statement,
        hash,
      ]);
      ran++;
    }
    return ran;
  });
}

/** How many statements are still to be run; what doctor asks. */
export async function pendingMigrations(connection: Connection): Promise<number> {
  const [tables] = await connection.query("show tables like 'medforge_migrations'");
  const all = await statements();
  if (!Array.isArray(tables) || tables.length === 0) return all.length;
  const done = await journal(connection);
  return all.filter(({ file, statement }) => !done.has(`${file}:${statement}`)).length;
}

async function journal(connection: Connection): Promise<Map<string, string>> {
  const [rows] = await connection.query("select file, statement, hash from medforge_migrations");
  const done = new Map<string, string>();
  for (const row of rows as { file: string; statement: number; hash: string }[])
    done.set(`${row.file}:${row.statement}`, row.hash);
  return done;
}

async function statements(): Promise<{ file: string; statement: number; sql: string; hash: string }[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".sql")).sort();
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(`${FOLDER}/${file}`, "utf8") })),
  );
  return texts.flatMap(({ file, text }) =>
    text.split("--> statement-breakpoint").map((part, statement) => {
      const sql = part.trim();
      return { file, statement, sql, hash: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function onlyOne<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const name = "concat(database(), '.medforge.migrate')";
  const [rows] = await connection.query(`select get_lock(${name}, ${LOCK_WAIT_S}) as held`);
  if ((rows as { held: number | null }[])[0]?.held !== 1) {
    throw new Error(
      `Another process has been migrating this database for ${LOCK_WAIT_S} s. Wait for it, then start again.`,
    );
  }
  try {
    return await work();
  } finally {
    await connection.query(`select release_lock(${name})`);
  }
}
