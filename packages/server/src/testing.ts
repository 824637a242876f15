import type { Database } from "@medforge/db/database";
import { type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { memoryContainers } from "@medforge/runtime/containers/memory";
import { MemoryEngine } from "@medforge/runtime/containers/memory-engine";
import { MemoryNetfilter, memoryFirewall } from "@medforge/runtime/firewall/memory";
import { simulatedGpus } from "@medforge/runtime/gpus/simulated";
import { MemoryKeyring, memoryKeys } from "@medforge/runtime/keys/memory";
import { MemorySockets, memoryStreams } from "@medforge/runtime/streams/memory";
import { MemoryDisk, memoryWorkspaces } from "@medforge/runtime/workspaces/memory";

import { createApp } from "./app.ts";
import { createBell } from "./bell.ts";
import { readConfig } from "./config.ts";
import { type Deps, newId } from "./deps.ts";
import { jsonLog } from "./log.ts";
import { createReconciler } from "./loops/reconcile.ts";
import { createRights } from "./rights.ts";
import { createScorer } from "./scorer/scorer.ts";
import { chanceFrom } from "./simulation/chance.ts";
import { VirtualClock } from "./simulation/clock.ts";

/** A whole house over memory adapters and a scratch database, without listening: what a test of the API asks. */

export const TEST_IMAGE = `sha256:${"a".repeat(64)}`;
export const ORIGIN = "http://localhost:8600";
export const PASSWORD = "correct horse battery";
const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export interface HouseOptions {
  readonly gpus?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of a scratch database; the caller closes it. */
  readonly db?: Database;
  /** Replaces single dependencies, for example by one that fails. */
  readonly replace?: (deps: Deps) => Partial<Deps>;
}

export interface Asking {
  readonly body?: unknown;
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read. `data` and `meta` for a success, the rest for a problem. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown> & {
    data?: unknown;
    meta?: Record<string, unknown>;
    code?: string;
    detail?: string;
  };
}

export type House = Awaited<ReturnType<typeof testHouse>>;

export async function testHouse(options: HouseOptions = {}) {
  const scratch: ScratchDatabase | undefined = options.db === undefined ? await scratchDatabase() : undefined;
  const db = options.db ?? scratch?.db;
  if (db === undefined) throw new Error("a house needs a database");
  const clock = new VirtualClock(START);
  const now = () => clock.now();
  const chance = chanceFrom(7);
  const lines: string[] = [];
  const engine = new MemoryEngine({ now, images: [TEST_IMAGE] });
  const disk = new MemoryDisk();
  const keyring = new MemoryKeyring();
  const netfilter = new MemoryNetfilter();
  const sockets = new MemorySockets();
  const plain: Deps = {
    config: readConfig({
      DATABASE_URL: "mysql://test",
      MEDFORGE_RUNTIME: "memory",
      ...options.environment,
    }),
    db,
    containers: memoryContainers(engine),
    workspaces: memoryWorkspaces(disk, { now }),
    gpus: simulatedGpus({ count: options.gpus ?? 2 }),
    firewall: memoryFirewall(netfilter),
    keys: memoryKeys(keyring),
    streams: memoryStreams(sockets),
    scorer: createScorer({ processes: 2, deadlineMs: 30_000, memoryBytesMax: 2 ** 31 }),
    clock,
    randomBytes: (count) => chance.bytes(count),
    log: jsonLog((line) => void lines.push(line), now),
    bell: createBell(),
    rights: createRights(),
  };
  const deps: Deps = { ...plain, ...options.replace?.(plain) };
  await deps.firewall.load();
  if (scratch !== undefined) await furnish(deps);
  const app = createApp(deps);
  /** The house's own; everybody else who listens to the bell is a stream. */
  const residents = deps.bell.listeners;
  const reconciler = createReconciler(deps, async () => true);

  async function send(method: string, path: string, asking: Asking = {}): Promise<Response> {
    const headers = new Headers({ "x-forwarded-for": addressFrom(chance.below(2 ** 24)), ...asking.headers });
    if (asking.cookie !== undefined) headers.set("cookie", asking.cookie);
    const json = asking.body !== undefined && !headers.has("content-type");
    if (json) headers.set("content-type", "application/json");
    const body = asking.body === undefined ? null : json ? JSON.stringify(asking.body) : String(asking.body);
    return app.handle(new Request(`${ORIGIN}${path}`, { method, headers, body }));
  }

  async function request(method: string, path: string, asking: Asking = {}): Promise<Answered> {
    const response = await send(method, path, asking);
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} };
  }

  let people = 0;
  /** A new user who is logged in. */
  async function signup(rights: { admin?: boolean; internal?: boolean; sessions?: number } = {}) {
    const email = `user${++people}-${chance.below(1e9)}@example.org`;
    const answered = await request("POST", "/api/v2/auth/signup", {
      body: { email, password: PASSWORD, display_name: `User ${people}` },
    });
    const cookie = answered.headers.get("set-cookie")?.split(";")[0];
    const user = await db?.users.byEmail(email);
    if (answered.status !== 201 || cookie === undefined || user === undefined) {
      throw new Error(`signup: ${answered.status} ${answered.text}`);
    }
    await db?.users.update(user.id, {
      role: rights.admin === true ? "admin" : "member",
      canUseInternal: rights.internal === true,
      maxConcurrentSessions: rights.sessions ?? 1,
    });
    return { id: user.id, email, cookie };
  }

  /** Time passes while nobody looks: sleepers wake one after the other, up to `ms`. */
  async function pass(ms: number, stepMs = 250): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      clock.advance(Math.min(stepMs, left));
      await Bun.sleep(1);
    }
  }

  return {
    app,
    deps,
    db,
    clock,
    lines,
    engine,
    disk,
    keyring,
    netfilter,
    sockets,
    reconciler,
    send,
    request,
    signup,
    pass,
    /** Event streams that are open. */
    streamsOpen: () => deps.bell.listeners - residents,
    scratch,
    close: async () => {
      await Bun.sleep(5);
      deps.scorer.close();
      await scratch?.drop();
    },
  };
}

/** A pack and GPUs, so that sessions can be made. */
async function furnish(deps: Deps): Promise<void> {
  const at = deps.clock.now();
  await deps.db.packs.add({
    id: newId(deps),
    name: "default",
    description: "",
    image: TEST_IMAGE,
    exposure: "BOTH",
    deprecatedAt: null,
    createdAt: at,
  });
  for (const device of await deps.gpus.list()) {
    await deps.db.gpus.add({
      ...device,
      id: newId(deps),
      enabled: true,
      present: true,
      lastUsedAt: null,
      createdAt: at,
    });
  }
}

function addressFrom(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}
