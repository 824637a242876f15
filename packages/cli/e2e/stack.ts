import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { type CommandResult, command, type Daemon, startDaemon } from "@medforge/runtime/command";

import { CHECKOUT } from "../src/host/places.ts";

/** API and worker as `./medforge up` starts them, on a real database, with pretended sessions; and the command line. */
export interface Stack {
  readonly folder: string;
  readonly url: string;
  /** The settings of its processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** `./medforge <words>` with the settings of this stack. */
  medforge(...words: string[]): Promise<CommandResult>;
  /** Somebody with an account and a login. */
  newMember(rights?: { readonly internal?: boolean }): Promise<Member>;
  /** One statement, for rows by the thousand that the real way would take hours to make. */
  run(statement: string): Promise<void>;
  close(): Promise<void>;
}

export interface Member {
  readonly id: string;
  /** @param path below `/api/v2` */
  ask(method: string, path: string, body?: FormData | Readonly<Record<string, unknown>>): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const PASSWORD = "correct horse battery";
const READY_MS_MAX = 20_000;
const COMMAND_MS_MAX = 60_000;

export async function openStack(): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "medforge-stack-"));
  const database = await scratchDatabase();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    DATABASE_URL: database.url,
    MEDFORGE_RUNTIME: "memory",
    MEDFORGE_STATE_DIR: join(folder, "state"),
    MEDFORGE_LISTEN: `127.0.0.1:${port}`,
    MEDFORGE_METRICS_LISTEN: `127.0.0.1:${freePort()}`,
    MEDFORGE_WORKSPACE_DIR: join(folder, "workspaces"),
  };
  const start = (name: string, entry: string): Daemon =>
    startDaemon([process.execPath, join(CHECKOUT, entry)], {
      logFile: join(folder, `${name}.log`),
      env: environment,
    });
  const daemons = [
    start("api", "packages/server/src/main.ts"),
    start("worker", "packages/server/src/worker.ts"),
  ];
  const logs = async () =>
    (await Promise.all(["api", "worker"].map((name) => Bun.file(join(folder, `${name}.log`)).text()))).join(
      "",
    );
  const close = async () => {
    for (const daemon of daemons) daemon.kill("SIGTERM");
    await Promise.all(daemons.map(({ exited }) => exited));
    await database.drop();
    rmSync(folder, { recursive: true });
  };
  try {
    await until("the API", READY_MS_MAX, async () => (await fetch(`${url}/healthz`)).ok);
  } catch (error) {
    const said = await logs();
    await close();
    throw new Error(said, { cause: error });
  }
  let members = 0;
  return {
    folder,
    url,
    environment,
    run: database.run,
    close,
    medforge: (...words) =>
      command([process.execPath, join(CHECKOUT, "packages/cli/src/main.ts"), ...words], {
        env: environment,
        deadlineMs: COMMAND_MS_MAX,
        cwd: folder,
      }),
    newMember: (rights) =>
      newMember(url, database, `member${++members}@example.org`, rights?.internal === true),
  };
}

async function newMember(
  url: string,
  { db }: ScratchDatabase,
  email: string,
  internal: boolean,
): Promise<Member> {
  const signup = await fetch(`${url}/api/v2/auth/signup`, {
    method: "POST",
    headers: { origin: url, "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, display_name: email }),
  });
  const cookie = signup.headers.get("set-cookie")?.split(";")[0];
  const user = await db.users.byEmail(email);
  if (cookie === undefined || user === undefined) throw new Error(await signup.text());
  if (internal) await db.users.update(user.id, { canUseInternal: true });
  return {
    id: user.id,
    async ask(method, path, body) {
      const json = body !== undefined && !(body instanceof FormData);
      const response = await fetch(`${url}/api/v2${path}`, {
        method,
        headers: { origin: url, cookie, ...(json ? { "content-type": "application/json" } : {}) },
        body: json ? JSON.stringify(body) : (body ?? null),
        signal: AbortSignal.timeout(COMMAND_MS_MAX),
      });
      const text = await response.text();
      return { status: response.status, text, data: JSON.parse(text).data ?? {} };
    },
  };
}

/** Asks until it is true; a question that throws is asked again. */
export async function until(what: string, msMax: number, ask: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + msMax;
  while (!(await ask().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what} took more than ${msMax} ms`);
    await Bun.sleep(50);
  }
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
