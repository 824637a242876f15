import { getTableName, is } from "drizzle-orm";
import { MySqlTable } from "drizzle-orm/mysql-core";
import mysql from "mysql2/promise";

import * as competitionsSchema from "./competitions-schema.ts";
import { type Database, openDatabase } from "./database.ts";
import * as schema from "./schema.ts";

export interface ScratchDatabase {
  readonly url: string;
  readonly db: Database;
  /** One statement of any length, for rows by the million. */
  run(statement: string): Promise<void>;
  /** Empties every table. */
  clear(): Promise<void>;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/** True where the run names a server on which tests may create databases. */
export const databaseNamed = process.env.MEDFORGE_TEST_DATABASE !== undefined;

const TABLES = Object.values({ ...schema, ...competitionsSchema }).flatMap((table) =>
  is(table, MySqlTable) ? [getTableName(table)] : [],
);

let made = 0;

/** A migrated database of its own on the server that MEDFORGE_TEST_DATABASE names. */
export async function scratchDatabase(
  options: { readonly migrated?: boolean } = {},
): Promise<ScratchDatabase> {
  const server = process.env.MEDFORGE_TEST_DATABASE;
  if (server === undefined)
    throw new Error("Set MEDFORGE_TEST_DATABASE to the URL of a server for scratch databases.");
  const name = `mf_test_${process.pid}_${Date.now().toString(36)}_${made++}`;
  const admin = await mysql.createConnection({ uri: server });
  await admin.query(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_520_ci`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const db = openDatabase(url.href);
  if (options.migrated !== false) await db.migrate();
  return {
    url: url.href,
    db,
    run: async (statement) => {
      await admin.query(`use ${name}`);
      await admin.query(statement);
    },
    clear: async () => {
      await admin.query("set foreign_key_checks = 0");
      for (const table of TABLES) await admin.query(`delete from ${name}.${table}`);
      await admin.query("set foreign_key_checks = 1");
    },
    drop: async () => {
      await db.close();
      await admin.query(`drop database ${name}`);
      await admin.end();
    },
  };
}
