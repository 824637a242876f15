import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { command, type Daemon, startDaemon } from "@medforge/runtime/command";

import { must } from "./house.ts";
import { until } from "./until.ts";

/** A MariaDB of a test's own, durable as a real one, to be killed and started again. */
export interface PrivateDatabase {
  readonly url: string;
  /** SIGKILL, as a power cut. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ended, with its files still there: they lie in the folder that was given. */
  end(): Promise<void>;
}

const NAME = "medforge";

/** @param folder of the test's own; its path must be short, for the socket */
export async function privateDatabase(folder: string): Promise<PrivateDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const data = join(folder, "data");
  const socket = join(folder, "s.sock");
  await must([
    "mariadb-install-db",
    "--no-defaults",
    `--datadir=${data}`,
    "--user=root",
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
  let daemon: Daemon | undefined;
  const admin = (...rest: string[]) =>
    command(["mariadb-admin", "--no-defaults", `--socket=${socket}`, "--user=root", ...rest]);

  async function start(): Promise<void> {
    daemon = startDaemon(
      [
        "mariadbd",
        "--no-defaults",
        `--datadir=${data}`,
        `--socket=${socket}`,
        "--user=root",
        "--skip-networking",
        "--innodb-buffer-pool-size=32M",
      ],
      { logFile: join(folder, "mariadb.log") },
    );
    await until("MariaDB", 20_000, async () => (await admin("ping")).exitCode === 0, 50);
  }

  async function kill(): Promise<void> {
    daemon?.kill("SIGKILL");
    await daemon?.exited;
    daemon = undefined;
  }

  await start();
  await admin("create", NAME);
  return {
    url: `mysql://root@localhost/${NAME}?socketPath=${encodeURIComponent(socket)}`,
    kill,
    start,
    end: kill,
  };
}
