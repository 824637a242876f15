import { SESSION_PORT } from "@medforge/core/hosts";
import { type Slug, slugFrom } from "@medforge/core/ids";
import type { Database, Tables } from "@medforge/db/database";
import { gpuRow, newId, packRow, sessionRow, userRow, workspaceRow } from "@medforge/db/testing-rows";

import { tokenHash } from "../../src/http/secrets.ts";
import { LOGIN_MS_MAX } from "../../src/http/viewer.ts";

/** Somebody with a session that runs, and an app login at it. */
export interface Visitor {
  readonly slug: Slug;
  readonly token: string;
}

export interface Counts {
  readonly sessions: number;
  readonly logins: number;
}

const SSH_PORT_FIRST = 20_000;
const ROWS_AT_ONCE = 250;
const newToken = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

/**
 * Sessions that are RUNNING by their rows, each with an owner, and logins: one of each owner leads to an app login, the
 * others are only there. All sessions have their container at the same address.
 */
export async function addRows(db: Database, counts: Counts, address: string): Promise<Visitor[]> {
  const pack = packRow({ name: "bench" });
  await db.packs.add(pack);
  const visitors: Visitor[] = [];
  const owners: string[] = [];
  while (visitors.length < counts.sessions) {
    const many = Math.min(ROWS_AT_ONCE, counts.sessions - visitors.length);
    await db.transaction(async (tx) => {
      for (let i = 0; i < many; i++) {
        const { userId, ...visitor } = await addVisitor(tx, pack.id, address, visitors.length);
        owners.push(userId);
        visitors.push(visitor);
      }
    });
  }
  for (let made = counts.sessions; made < counts.logins; made += ROWS_AT_ONCE) {
    await db.transaction(async (tx) => {
      for (let i = made; i < Math.min(made + ROWS_AT_ONCE, counts.logins); i++) {
        await addLogin(tx, owners[i % owners.length] ?? "");
      }
    });
  }
  return visitors;
}

async function addVisitor(tx: Tables, packId: string, address: string, index: number) {
  const now = Date.now();
  const slug = slugFrom(crypto.getRandomValues(new Uint8Array(5)));
  const user = userRow();
  const workspace = workspaceRow({ userId: user.id });
  const gpu = gpuRow();
  const session = sessionRow({
    slug,
    userId: user.id,
    workspaceId: workspace.id,
    packId,
    gpuId: gpu.id,
    sshPort: SSH_PORT_FIRST + index,
    state: "RUNNING",
    address,
    runningAt: now,
  });
  await tx.users.add(user);
  await tx.workspaces.add(workspace);
  await tx.gpus.add(gpu);
  await tx.sessions.add(session, "bench");
  const loginId = await addLogin(tx, user.id);
  const token = newToken();
  const app = { tokenHash: tokenHash(token), loginId, sessionId: session.id, port: SESSION_PORT };
  await tx.appLogins.replace({ ...app, createdAt: now, endedAt: null }, now);
  return { userId: user.id, slug, token };
}

async function addLogin(tx: Tables, userId: string): Promise<string> {
  const id = newId();
  const now = Date.now();
  await tx.logins.add({
    id,
    userId,
    tokenHash: tokenHash(newToken()),
    address: "127.0.0.1",
    userAgent: "bench",
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + LOGIN_MS_MAX,
    revokedAt: null,
  });
  return id;
}
