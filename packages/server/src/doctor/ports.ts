import { existsSync, readFileSync } from "node:fs";

import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

const TCP_LISTEN = "0A";

/** @param foreign ports of the sessions' range that something else listens on */
export function portsFinding(range: string, foreign: Asked<readonly number[]>): Finding {
  const about = { name: "ssh ports", version: range };
  if (!("value" in foreign)) {
    return {
      ...about,
      code: "MF-PORT-2",
      level: "warn",
      says: foreign.problem,
      remedy: "Look at `ss -ltn`.",
    };
  }
  if (foreign.value.length === 0) {
    return { ...about, code: "MF-PORT-0", level: "ok", says: "free, or used by sessions", remedy: "" };
  }
  const says = `used by something else: ${foreign.value.join(", ")}`;
  return {
    ...about,
    code: "MF-PORT-1",
    level: "bad",
    says,
    remedy: "Find out what with `ss -ltnp`, and move it.",
  };
}

/** Ports that someone listens on, from the text of /proc/net/tcp or tcp6. */
export function listeningPorts(table: string): number[] {
  const rows = table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows
    .filter((fields) => fields[3] === TCP_LISTEN)
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16));
}

export async function checkPorts({ db, config }: Deps): Promise<Finding[]> {
  const { portFirst, portLast } = config.ssh;
  const foreign = await ask("the ports", async () => {
    const ours = await db.sessions.portsInUse();
    const tables = ["/proc/net/tcp", "/proc/net/tcp6"].filter((path) => existsSync(path));
    const taken = new Set(tables.flatMap((path) => listeningPorts(readFileSync(path, "utf8"))));
    return [...taken].filter((port) => port >= portFirst && port <= portLast && !ours.has(port)).sort();
  });
  return [portsFinding(`${portFirst}–${portLast}`, foreign)];
}
