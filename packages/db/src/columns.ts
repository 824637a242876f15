import { customType, varchar } from "drizzle-orm/mysql-core";

/**
 * A moment as Unix milliseconds, stored as UTC with microseconds. A number, so that rules can do arithmetic and a
 * JS Date never gets a chance to apply a time zone.
 */
export const instant = customType<{ data: number; driverData: string }>({
  dataType: () => "datetime(6)",
  toDriver: (ms) => new Date(ms).toISOString().replace("T", " ").replace("Z", ""),
  fromDriver: (text) => Date.parse(`${text.replace(" ", "T")}Z`),
});

/**
 * A UUIDv7 made by the application, as text: readable in every tool, and sorted by time. VARCHAR, as MariaDB allows no
 * generated column over CHAR (whose padding depends on the SQL mode).
 */
export const uuid = (name: string) => varchar(name, { length: 36 });
