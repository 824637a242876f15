import { join } from "node:path";

import { command } from "@medforge/runtime/command";
import type { APIRequestContext } from "playwright-core";

import { until } from "../stack.ts";
import { ADMIN, type Portal, signIn } from "./portal.ts";

const COMPETITION = "titanic-survival";
const DATASET = "phantom-lesion";
const PERSON = "the-first-admin";
const SETTLED_MS_MAX = 60_000;

/** Makes, through the real routes, what lists show: without rows on a page, little of it is looked at. */
export async function furnish(portal: Portal): Promise<(page: string) => string> {
  const context = await portal.browser.newContext();
  try {
    await signIn(await context.newPage(), portal.url, ADMIN);
    const admin = asker(context.request, portal.url);
    await admin.post("/me/ssh-keys", { public_key: await newKey(portal), name: "laptop" });
    await admin.patch("/me", { handle: PERSON });
    await admin.post("/me/tokens", { name: "nightly training", scopes: ["sessions:read"] });
    for (const severity of ["info", "warning", "critical"]) {
      const body = "On **Sunday**, `08:00`. [Details](/status/)";
      await admin.post("/admin/announcements", {
        exposure: "BOTH",
        severity,
        title: `Power cut: ${severity}`,
        body,
      });
    }
    // One that is over, with the snapshot that its end took, and one that runs.
    const over = await started(admin);
    await admin.post(`/external/sessions/${over.id}/stop`);
    await admin.becomes(`/external/sessions/${over.id}`, "STOPPED");
    const running = await started(admin);
    await score(portal, admin);
    const names: Readonly<Record<string, string>> = {
      session: String(running.slug),
      workspace: String((running.workspace as Row).id),
      competition: COMPETITION,
      dataset: DATASET,
      person: PERSON,
    };
    return (page) => page.replace(/<(\w+)>/g, (_, name: string) => names[name] ?? `no-${name}`);
  } finally {
    await context.close();
  }
}

type Row = Readonly<Record<string, unknown>>;

/** Asks as whoever is logged in. */
function asker(request: APIRequestContext, url: string) {
  const ask = async (method: string, path: string, data?: object): Promise<Row> => {
    const response = await request.fetch(`${url}/api/v2${path}`, {
      method,
      headers: { origin: url },
      ...(data === undefined ? {} : { data }),
    });
    if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
    return (await response.json()).data;
  };
  return {
    post: (path: string, data?: object) => ask("POST", path, data),
    patch: (path: string, data: object) => ask("PATCH", path, data),
    becomes: (path: string, state: string) =>
      until(`${path} ${state}`, SETTLED_MS_MAX, async () => (await ask("GET", path)).state === state),
    submit: async (file: string) => {
      const response = await request.post(`${url}/api/v2/external/competitions/${COMPETITION}/submissions`, {
        headers: { origin: url },
        multipart: {
          file: {
            name: "mine.csv",
            mimeType: "text/csv",
            buffer: Buffer.from(await Bun.file(file).arrayBuffer()),
          },
        },
      });
      if (!response.ok()) throw new Error(`submit: ${response.status()} ${await response.text()}`);
    },
  };
}

async function newKey(portal: Portal): Promise<string> {
  const file = join(portal.stack.folder, "furniture-key");
  await command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f", file]);
  return Bun.file(`${file}.pub`).text();
}

async function started(admin: ReturnType<typeof asker>): Promise<Row> {
  const session = await admin.post("/external/sessions", {});
  await admin.becomes(`/external/sessions/${session.id}`, "RUNNING");
  return session;
}

/** Two on the board: whoever looks, and somebody else. */
async function score(portal: Portal, admin: ReturnType<typeof asker>): Promise<void> {
  const demo = await portal.stack.medforge("demo-submission", COMPETITION);
  if (demo.exitCode !== 0) throw new Error(demo.stderr);
  const file = join(portal.stack.folder, `${COMPETITION}-demo.csv`);
  await admin.submit(file);
  const other = await portal.stack.newMember();
  const form = new FormData();
  form.append("file", Bun.file(file), "theirs.csv");
  await other.ask("POST", `/external/competitions/${COMPETITION}/submissions`, form);
  await until("two lines on the board", SETTLED_MS_MAX, async () => {
    const board = await other.ask("GET", `/external/competitions/${COMPETITION}/leaderboard`);
    return (board.data.lines as readonly unknown[]).length === 2;
  });
}
