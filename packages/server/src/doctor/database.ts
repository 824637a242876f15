import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

export interface DatabaseFacts {
  /** As the server says it: `10.11.19-MariaDB-0+deb12u1`. */
  readonly version: string;
  readonly pendingMigrations: number;
}

/** The oldest release whose generated columns and locks the schema was tested on. */
const OLDEST = [10, 11] as const;

export function databaseFinding(facts: Asked<DatabaseFacts>): Finding {
  const about = { name: "database", version: "value" in facts ? `MariaDB ${facts.value.version}` : "" };
  if (!("value" in facts)) {
    return {
      ...about,
      code: "MF-DB-1",
      level: "bad",
      says: `does not answer: ${facts.problem}`,
      remedy: "Start it with `./medforge up`, or look at DATABASE_URL.",
    };
  }
  const { version, pendingMigrations } = facts.value;
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number);
  if (!version.includes("MariaDB") || major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return {
      ...about,
      code: "MF-DB-3",
      level: "bad",
      says: "is not a MariaDB of 10.11 or later",
      remedy: "Use MariaDB 10.11 or 11.",
    };
  }
  if (pendingMigrations > 0) {
    return {
      ...about,
      code: "MF-DB-2",
      level: "bad",
      says: `${pendingMigrations} migration statements have not been run`,
      remedy: "Run `./medforge up`: it migrates before it starts.",
    };
  }
  return { ...about, code: "MF-DB-0", level: "ok", says: "answers, newest schema", remedy: "" };
}

export async function checkDatabase({ db }: Deps): Promise<Finding[]> {
  const facts = await ask("the database", async () => ({
    version: await db.ping(),
    pendingMigrations: await db.pendingMigrations(),
  }));
  return [databaseFinding(facts)];
}
