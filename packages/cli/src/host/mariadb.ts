import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

import { adoptOrStart, type DaemonPlan, type RunningDaemon } from "./daemon.ts";
import { openToAll, type Places } from "./places.ts";
import { findProgram } from "./programs.ts";

export interface Mariadb extends RunningDaemon {
  readonly socket: string;
  readonly version: string;
  /** The system user it runs as. */
  readonly user: string;
  /** The URL of one database in it. */
  url(database: string): string;
  /** Afterwards a database of this name exists. */
  ensureDatabase(name: string): Promise<void>;
}

export interface MariadbOptions {
  /** False for tests: a power cut may lose the last second, and everything is twice as fast. Default true. */
  readonly durable?: boolean;
}

/**
 * Afterwards a private MariaDB runs, reachable only over its socket. Who may enter the socket's folder (root, the
 * database's own user, or whoever started it) is who may use it: there is no password to lose.
 * @throws MachineError `broken` when it is not installed or does not start
 */
export async function ensureMariadb(at: Places, options: MariadbOptions = {}): Promise<Mariadb> {
  const server = findProgram("mariadbd");
  const install = findProgram("mariadb-install-db");
  const admin = findProgram("mariadb-admin");
  if (!server || !install || !admin) {
    throw new MachineError(
      "broken",
      "MariaDB is not installed",
      "Install it: apt-get install mariadb-server",
    );
  }
  const folder = join(at.state, "mariadb");
  const owner = await databaseUser(folder);
  makeFolder(folder, owner);
  const data = join(folder, "data");
  await installOnce(install, folder, data, owner.name);

  const sockets = join(at.sockets, "mariadb");
  makeFolder(sockets, owner);
  const socket = join(sockets, "mariadb.sock");
  const plan: DaemonPlan = {
    name: "mariadb",
    argv: [
      server,
      "--no-defaults",
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--pid-file=${join(sockets, "mariadbd.pid")}`,
      `--user=${owner.name}`,
      "--skip-networking",
      "--skip-name-resolve",
      "--character-set-server=utf8mb4",
      "--innodb-buffer-pool-size=64M",
      "--max-connections=200",
      ...(options.durable === false
        ? ["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--sync-binlog=0"]
        : []),
    ],
    pidFile: join(at.sockets, "mariadb.pid"),
    logFile: join(at.log, "mariadb.log"),
    ready: async () =>
      (await command([admin, "--no-defaults", `--socket=${socket}`, "--user=root", "ping"])).exitCode === 0,
    startMsMax: 60_000,
    stopMsMax: 30_000,
  };
  const version = (await command([server, "--version"])).stdout.match(/Ver (\S+)/)?.[1] ?? "unknown";
  const daemon = await adoptOrStart(plan);
  const ensureDatabase = async (name: string) => {
    // mariadb-admin says "database exists" where it does: nothing else may go wrong silently.
    const argv = [admin, "--no-defaults", `--socket=${socket}`, "--user=root", "create", name];
    const made = await command(argv);
    if (made.exitCode !== 0 && !made.stderr.includes("database exists")) {
      throw new MachineError(
        "broken",
        `the database ${name} could not be made: ${made.stderr.trim()}`,
        `Read ${plan.logFile}.`,
      );
    }
  };
  const url = (database: string) => mariadbUrl(socket, database);
  return { ...daemon, socket, version, user: owner.name, url, ensureDatabase };
}

/** mysql2 takes every query parameter as an option. */
export function mariadbUrl(socket: string, database: string): string {
  return `mysql://root@localhost/${database}?socketPath=${encodeURIComponent(socket)}`;
}

interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Never root if it can be helped. A checkout below a closed folder, such as /root, cannot be reached by `mysql`. */
async function databaseUser(folder: string): Promise<Owner> {
  const uid = process.getuid?.() ?? 0;
  const id = async (flag: string, user: string) => (await command(["id", flag, user])).stdout.trim();
  const own = async (user: string) => ({
    name: user,
    uid: Number(await id("-u", user)),
    gid: Number(await id("-g", user)),
  });
  if (uid !== 0) return own((await command(["id", "-un"])).stdout.trim());
  const hasMysql = (await command(["id", "-u", "mysql"])).exitCode === 0;
  return own(hasMysql && openToAll(folder) ? "mysql" : "root");
}

function makeFolder(folder: string, owner: Owner): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(folder, owner.uid, owner.gid);
}

/** Into a folder of another name first: an installation that was cut short is never taken for a whole one. */
async function installOnce(install: string, folder: string, data: string, user: string): Promise<void> {
  if (existsSync(data)) return;
  const half = join(folder, "installing");
  rmSync(half, { recursive: true, force: true });
  const argv = [install, "--no-defaults", `--datadir=${half}`, `--user=${user}`];
  const made = await command(
    [...argv, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
    { deadlineMs: 120_000 },
  );
  if (made.exitCode !== 0) {
    throw new MachineError(
      "broken",
      `MariaDB's data folder could not be made: ${made.stderr.trim() || made.stdout.trim()}`,
      `Look at free space and rights of ${folder}.`,
    );
  }
  renameSync(half, data);
}
