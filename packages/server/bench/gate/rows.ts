import { SESSION_PORT } from "@medforge/core/hosts";
import { type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";
import type { Database, Tables } from "@medforge/db/database";

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
const newId = () => uuidv7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
const newToken = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

/**
 * Sessions that are RUNNING by their rows, each with an owner, and logins: one of each owner leads to an app login, the
 * others are only there. All sessions have their container at the same address.
 */
export async function addRows(db: Database, counts: Counts, address: string): Promise<Visitor[]> {
  const packId = newId();
  const now = Date.now();
  await db.packs.add({
    id: packId,
    name: "bench",
    description: "",
    image: "sha256:bench",
    exposure: "BOTH",
    deprecatedAt: null,
    createdAt: now,
  });
  const visitors: Visitor[] = [];
  const owners: string[] = [];
  while (visitors.length < counts.sessions) {
    const many = Math.min(ROWS_AT_ONCE, counts.sessions - visitors.length);
    await db.transaction(async (tx) => {
      for (let i = 0; i < many; i++) {
        const { userId, ...visitor } = await addVisitor(tx, packId, address, visitors.length);
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
  const [userId, workspaceId, gpuId, sessionId] = [newId(), newId(), newId(), newId()];
  const slug = slugFrom(crypto.getRandomValues(new Uint8Array(5)));
  await tx.users.add({
    id: userId,
    email: `${userId}@example.org`,
    displayName: "Somebody",
    passwordHash: "none",
    role: "member",
    canUseInternal: false,
    maxConcurrentSessions: 1,
    disabledAt: null,
    accessChangedAt: null,
    createdAt: now,
  });
  await tx.workspaces.add({
    id: workspaceId,
    userId,
    name: "bench",
    quotaBytes: 1,
    lastSshPort: null,
    operation: null,
    operationSnapshot: null,
    operationSourceId: null,
    operationSafety: null,
    operationError: null,
    createdAt: now,
    deletedAt: null,
  });
  await tx.gpus.add({
    id: gpuId,
    uuid: `SIM-${gpuId}`,
    name: "bench",
    memoryMib: 1,
    kind: "simulated",
    enabled: true,
    present: true,
    lastUsedAt: null,
    createdAt: now,
  });
  await tx.sessions.add(
    {
      id: sessionId,
      slug,
      userId,
      workspaceId,
      packId,
      exposure: "EXTERNAL",
      state: "RUNNING",
      stateSince: now,
      gpuId,
      sshPort: SSH_PORT_FIRST + index,
      reason: null,
      message: null,
      address,
      snapshot: null,
      attempts: 0,
      nextAttemptAt: now,
      lastError: null,
      createdAt: now,
      allocatedAt: now,
      runningAt: now,
      gpuUntil: null,
      endedAt: null,
    },
    "bench",
  );
  const loginId = await addLogin(tx, userId);
  const token = newToken();
  const app = { tokenHash: tokenHash(token), loginId, sessionId, port: SESSION_PORT };
  await tx.appLogins.replace({ ...app, createdAt: now, endedAt: null }, now);
  return { userId, slug, token };
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
