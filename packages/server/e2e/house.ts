import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Session } from "@medforge/contracts/sessions";
import { uuidv7 } from "@medforge/core/ids";
import { type Database, openDatabase } from "@medforge/db/database";
import { scratchDatabase } from "@medforge/db/testing";
import { command } from "@medforge/runtime/command";
import { nftablesFirewall } from "@medforge/runtime/firewall/nftables";
import { simulatedGpus } from "@medforge/runtime/gpus/simulated";

import { tokenHash } from "../src/http/secrets.ts";
import { LOGIN_MS_MAX } from "../src/http/viewer.ts";
import { SIMULATED_IMAGE } from "../src/machine.ts";
import { rawEngine } from "./engine.ts";
import { named } from "./named.ts";
import { type Person, person } from "./person.ts";
import { type ServerProcess, startServer, startWorker } from "./server.ts";
import { type SshClient, sshClient } from "./ssh.ts";

/**
 * A whole house: the real server process over a real database, engine, ZFS and firewall (or, with `runtime: "memory"`,
 * over a real database alone), and people who use it. `close` removes exactly what was made.
 */

export interface HouseOptions {
  readonly runtime?: "docker" | "memory";
  readonly gpus?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** A database server of the test's own, for which the house makes no scratch database. */
  readonly databaseUrl?: string;
  /** A ZFS dataset of the test's own, in place of one below what the run names. */
  readonly zfsRoot?: string;
  /** A module that is loaded into the server's process before ours. */
  readonly preload?: string;
  /** Of the portal's pages, where something is in front of the server. */
  readonly origin?: string;
}

export interface Rights {
  readonly admin?: boolean;
  /** At the same time; one unless said otherwise. */
  readonly sessions?: number;
  /** May use internal sessions. */
  readonly internal?: boolean;
}

export interface House {
  readonly folder: string;
  readonly db: Database;
  readonly zfsRoot: string;
  /** The settings of its servers. */
  readonly environment: Readonly<Record<string, string>>;
  readonly engine: ReturnType<typeof rawEngine>;
  /** The server that people talk to. */
  server(): ServerProcess;
  /** Starts another server on the same things; people talk to it from now on. */
  startServer(): Promise<ServerProcess>;
  /** Starts a worker on the same things: what is submitted is scored from now on. */
  startWorker(): void;
  /** Somebody with an account and a login, made without the detour over a password hash. */
  newPerson(rights?: Rights): Promise<Person>;
  /** Somebody at the door. */
  stranger(): Person;
  /** A person with a session at hand: their key is known here and there. */
  newKeyHolder(rights?: Rights): Promise<{ who: Person; ssh: SshClient }>;
  /** A new key pair in this house's folder; nobody knows it yet. */
  newSshClient(): Promise<SshClient>;
  addPack(name: string, image: string): Promise<string>;
  /** Everything in the engine and on disk that says it belongs to these sessions. */
  leftOf(sessions: readonly Session[]): Promise<string[]>;
  close(): Promise<void>;
}

const RULES = fileURLToPath(new URL("../../../ops/network/firewall.nft", import.meta.url));
const TABLE = ["table", "inet", "medforge"];
const GPUS = 2;
/** Above MedForge's own ports and those of other tests, below the kernel's for outgoing connections. */
const PORTS_FIRST = 14_000;
const newId = () => uuidv7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const real = options.runtime !== "memory";
  const folder = mkdtempSync(join(tmpdir(), "medforge-e2e-"));
  // Containers' users pass through it to the folders that are bound.
  await command(["chmod", "0711", folder]);
  const undo: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  const close = async () => {
    // One thing that cannot be removed must not leave all the others behind.
    const faults: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((fault) => faults.push(fault));
    if (faults.length > 0) throw new AggregateError(faults, "not everything could be removed");
  };
  try {
    return await furnish(options, real, folder, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function furnish(
  options: HouseOptions,
  real: boolean,
  folder: string,
  undo: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<House> {
  const things = real ? named() : { dockerHost: "unix:///nowhere", image: SIMULATED_IMAGE, zfs: "" };
  const engine = rawEngine(things.dockerHost);
  const { db, url: databaseUrl } = await database(options.databaseUrl, undo);
  const zfsRoot = options.zfsRoot ?? `${things.zfs}/e2e-${newId().slice(-8)}`;
  if (real && options.zfsRoot === undefined) {
    await must(["zfs", "create", zfsRoot]);
    undo.push(() => destroyDataset(zfsRoot));
  }
  if (real) await ensureFirewall(options.environment ?? {}, undo);

  const gpus = simulatedGpus({
    count: options.gpus ?? GPUS,
    ...(real ? { deviceNodesDir: join(folder, "gpus") } : {}),
  });
  const createdAt = Date.now();
  for (const device of await gpus.list()) {
    await db.gpus.add({
      ...device,
      id: newId(),
      enabled: true,
      present: true,
      lastUsedAt: null,
      createdAt,
    });
  }
  const addPack = async (name: string, image: string) => {
    const id = newId();
    await db.packs.add({
      id,
      name,
      description: "",
      image,
      exposure: "BOTH",
      deprecatedAt: null,
      createdAt: Date.now(),
    });
    return id;
  };
  await addPack("default", things.image);

  mkdirSync(join(folder, "state"), { mode: 0o711 });
  const environment = {
    DATABASE_URL: databaseUrl,
    MEDFORGE_RUNTIME: real ? "docker" : "memory",
    MEDFORGE_STATE_DIR: join(folder, "state"),
    MEDFORGE_GPUS: `simulated:${options.gpus ?? GPUS}`,
    MEDFORGE_SSH_HOST: "localhost",
    MEDFORGE_SSH_BIND: "127.0.0.1",
    MEDFORGE_SSH_PORT_FIRST: String(PORTS_FIRST),
    MEDFORGE_SESSION_CPUS: "1",
    MEDFORGE_SESSION_MEMORY_MIB: "256",
    MEDFORGE_SESSION_SHM_MIB: "64",
    MEDFORGE_STOP_GRACE_S: "3",
    ...(real
      ? {
          DOCKER_HOST: things.dockerHost,
          WORKSPACE_ZFS_ROOT: zfsRoot,
          MEDFORGE_GPU_NODES_DIR: join(folder, "gpus"),
        }
      : {}),
    ...options.environment,
  };
  // A server that runs would bring back what is removed here: it was started last, so it goes first.
  undo.push(() => clearEngine(db, engine, real));

  const servers: ServerProcess[] = [];
  const server = () => {
    const newest = servers.at(-1);
    if (newest === undefined) throw new Error("no server was started");
    return newest;
  };
  const open = async () => {
    const fresh = await startServer(
      environment,
      join(folder, `server-${servers.length}.log`),
      options.preload,
    );
    servers.push(fresh);
    undo.push(() => fresh.kill());
    return fresh;
  };
  await open();

  const url = () => server().url;
  const newPerson: House["newPerson"] = async (rights = {}) => {
    const id = newId();
    const email = `${id}@example.org`;
    const now = Date.now();
    await db.users.add({
      id,
      email,
      displayName: "Somebody",
      passwordHash: "none: logs in otherwise",
      role: rights.admin === true ? "admin" : "member",
      canUseInternal: rights.internal ?? false,
      maxConcurrentSessions: rights.sessions ?? 1,
      disabledAt: null,
      accessChangedAt: null,
      createdAt: now,
    });
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    await db.logins.add({
      id: newId(),
      userId: id,
      tokenHash: tokenHash(token),
      address: "127.0.0.1",
      userAgent: "e2e",
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + LOGIN_MS_MAX,
      revokedAt: null,
    });
    return person(url, { id, email, cookie: `__Host-medforge_session=${token}`, origin: options.origin });
  };
  let clients = 0;
  const newSshClient = () => sshClient(join(folder, `client-${clients++}`));

  return {
    folder,
    db,
    zfsRoot,
    environment,
    engine,
    server,
    startServer: open,
    startWorker() {
      const worker = startWorker(environment, join(folder, "worker.log"));
      undo.push(async () => {
        worker.kill("SIGTERM");
        await worker.exited;
      });
    },
    newPerson,
    stranger: () => person(url, { id: "", email: "", cookie: "", origin: options.origin }),
    newSshClient,
    async newKeyHolder(rights) {
      const [who, ssh] = await Promise.all([newPerson(rights), newSshClient()]);
      await who.expect(201, "POST", "/me/ssh-keys", { public_key: ssh.publicKey });
      return { who, ssh };
    },
    addPack,
    async leftOf(sessions) {
      const slugs = sessions.map(({ slug }) => slug);
      const folders = await command(["ls", join(folder, "state/keys/sessions")]);
      return [
        ...(await engine.thingsOf(slugs)),
        ...folders.stdout.split("\n").filter((name) => slugs.includes(name)),
      ];
    },
    close,
  };
}

async function database(url: string | undefined, undo: (() => Promise<unknown>)[]) {
  if (url === undefined) {
    const scratch = await scratchDatabase();
    undo.push(() => scratch.drop());
    return scratch;
  }
  const db = openDatabase(url);
  undo.push(() => db.close());
  await db.migrate();
  return { db, url };
}

/** The table is the machine's, not ours: it goes only if it was not there before. */
async function ensureFirewall(
  { MEDFORGE_RESOLVERS, MEDFORGE_CLOSED_RANGES }: Readonly<Record<string, string>>,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const there = (await command(["nft", "list", ...TABLE])).exitCode === 0;
  const site = {
    resolvers: MEDFORGE_RESOLVERS?.split(",") ?? [],
    closedRanges: MEDFORGE_CLOSED_RANGES?.split(",") ?? [],
  };
  await nftablesFirewall({ rulesFile: RULES, ...site }).load();
  if (!there) undo.push(() => must(["nft", "delete", ...TABLE]));
}

/** Containers and networks of this house's own sessions, by exact name; no server runs any more. */
async function clearEngine(db: Database, engine: ReturnType<typeof rawEngine>, real: boolean): Promise<void> {
  if (!real) return;
  const rows = await db.sessions.page({}, undefined, 10_000);
  const slugs = [...rows.map(({ session }) => session), ...(await db.spareNetworks.all())].map(
    ({ slug }) => slug,
  );
  const names = await engine.thingsOf(slugs);
  for (const name of names.filter((each) => each.startsWith("/"))) await engine.remove(name.slice(1));
  for (const name of names.filter((each) => !each.startsWith("/"))) await engine.removeNetwork(name);
}

const DESTROY_MS_MAX = 120_000;

/** After an unmount a dataset is randomly busy for a moment; with many of them below, that is often. */
export async function destroyDataset(dataset: string): Promise<void> {
  const giveUpAt = Date.now() + DESTROY_MS_MAX;
  for (;;) {
    const { exitCode, stderr } = await command(["zfs", "destroy", "-R", dataset], { deadlineMs: 60_000 });
    if (exitCode === 0) return;
    if (Date.now() > giveUpAt) throw new Error(`${dataset} cannot be destroyed: ${stderr}`);
    await Bun.sleep(100);
  }
}

export async function must(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await command(argv, { deadlineMs: 60_000 });
  if (exitCode !== 0) throw new Error(`\`${argv.join(" ")}\` failed: ${stderr}`);
  return stdout;
}
