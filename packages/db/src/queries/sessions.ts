import { assert } from "@medforge/core/assert";
import { type EndReason, type Exposure, isActive, mayMove, type SessionState } from "@medforge/core/session";
import { and, asc, desc, eq, gte, inArray, isNotNull, lt, lte, or, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { gpuDevices, orphans, packs, sessionEvents, sessions, workspaces } from "../schema.ts";

type Row = typeof sessions.$inferSelect;
export type Session = Omit<Row, "activeGpuId" | "activeSshPort" | "activeWorkspaceId">;
/** A session with what the loop and the pages need to know about its pack, GPU and workspace. */
export interface SessionDetails {
  readonly session: Session;
  readonly pack: { readonly name: string; readonly image: string };
  readonly gpu: { readonly uuid: string; readonly name: string } | null;
  readonly workspace: { readonly name: string; readonly quotaBytes: number };
}

export interface Move {
  readonly from: SessionState;
  readonly to: SessionState;
  readonly at: number;
  /** `user:<id>`, `admin:<id>` or `loop`. */
  readonly actor: string;
  readonly reason?: EndReason;
  readonly message?: string;
  readonly set?: Partial<
    Pick<
      Session,
      "gpuId" | "sshPort" | "address" | "snapshot" | "allocatedAt" | "runningAt" | "gpuUntil" | "endedAt"
    >
  >;
}

const UNFINISHED = ["QUEUED", "STARTING", "RUNNING", "STOPPING"] as const;

export function sessionQueries(q: Queryable) {
  const details = () =>
    q
      .select({
        session: sessions,
        pack: { name: packs.name, image: packs.image },
        gpu: { uuid: gpuDevices.uuid, name: gpuDevices.name },
        workspace: { name: workspaces.name, quotaBytes: workspaces.quotaBytes },
      })
      .from(sessions)
      .innerJoin(packs, eq(packs.id, sessions.packId))
      .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
      .leftJoin(gpuDevices, eq(gpuDevices.id, sessions.gpuId));
  // The loop asks this several times for each start, and to build so wide a statement takes longer than to run it.
  const prepared = once(() =>
    details()
      .where(eq(sessions.id, sql.placeholder("id")))
      .limit(1)
      .prepare(),
  );

  return {
    /**
     * Inside a transaction: adds the row and its first event. Fails with a duplicate on `sessions_active_gpu`,
     * `sessions_active_ssh_port`, `sessions_active_workspace` or `sessions_slug` when someone else was faster.
     */
    async add(session: Session, actor: string): Promise<void> {
      await q.insert(sessions).values(session);
      await q.insert(sessionEvents).values({
        sessionId: session.id,
        fromState: null,
        toState: session.state,
        reason: null,
        message: null,
        actor,
        at: session.createdAt,
      });
    },

    /** Moves only from what the caller saw. @returns false: someone else moved it first */
    async move(id: string, move: Move): Promise<boolean> {
      assert(mayMove(move.from, move.to), `a session does not move from ${move.from} to ${move.to}`);
      return q.transaction(async (tx) => {
        const [result] = await tx
          .update(sessions)
          .set({
            ...move.set,
            state: move.to,
            stateSince: move.at,
            attempts: 0,
            nextAttemptAt: move.at,
            lastError: null,
            ...(move.reason === undefined ? {} : { reason: move.reason }),
            ...(move.message === undefined ? {} : { message: move.message }),
          })
          .where(and(eq(sessions.id, id), eq(sessions.state, move.from)));
        if (result.affectedRows !== 1) return false;
        await tx.insert(sessionEvents).values({
          sessionId: id,
          fromState: move.from,
          toState: move.to,
          reason: move.reason ?? null,
          message: move.message ?? null,
          actor: move.actor,
          at: move.at,
        });
        return true;
      });
    },

    /** Writes down that a running session's container has another address now. */
    async setAddress(id: string, address: string): Promise<void> {
      await q
        .update(sessions)
        .set({ address })
        .where(and(eq(sessions.id, id), eq(sessions.state, "RUNNING")));
    },

    /** Writes down a failed attempt and when the next is due, if the session is still where it was seen. */
    async recordFailure(
      id: string,
      state: SessionState,
      failure: { readonly attempts: number; readonly nextAttemptAt: number; readonly error: string },
    ): Promise<void> {
      await q
        .update(sessions)
        .set({
          attempts: failure.attempts,
          nextAttemptAt: failure.nextAttemptAt,
          lastError: failure.error.slice(0, 500),
        })
        .where(and(eq(sessions.id, id), eq(sessions.state, state)));
    },

    async byId(id: string): Promise<SessionDetails | undefined> {
      return (await prepared().execute({ id }))[0];
    },

    async bySlug(slug: string): Promise<SessionDetails | undefined> {
      return (await details().where(eq(sessions.slug, slug)).limit(1))[0];
    },

    /** Newest first, before the one with id `before`. */
    async page(
      filter: {
        readonly userId?: string;
        readonly exposure?: Exposure;
        readonly states?: readonly SessionState[];
        readonly slug?: string;
      },
      before: string | undefined,
      limit: number,
    ): Promise<SessionDetails[]> {
      return details()
        .where(
          and(
            filter.userId === undefined ? undefined : eq(sessions.userId, filter.userId),
            filter.exposure === undefined ? undefined : eq(sessions.exposure, filter.exposure),
            filter.states === undefined ? undefined : inArray(sessions.state, [...filter.states]),
            filter.slug === undefined ? undefined : eq(sessions.slug, filter.slug),
            before === undefined ? undefined : lt(sessions.id, before),
          ),
        )
        .orderBy(desc(sessions.id))
        .limit(limit);
    },

    /** Everything the loop has to look after, oldest first. */
    async unfinished(): Promise<SessionDetails[]> {
      return details()
        .where(inArray(sessions.state, [...UNFINISHED]))
        .orderBy(asc(sessions.id));
    },

    /** Those who wait for a GPU, oldest first. */
    async queued(): Promise<SessionDetails[]> {
      return details().where(eq(sessions.state, "QUEUED")).orderBy(asc(sessions.id));
    },

    /** Ids of the sessions that ask the loop for something now: to come up, or to end. */
    async due(now: number): Promise<string[]> {
      const rows = await q
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(inArray(sessions.state, ["STARTING", "STOPPING"]), lte(sessions.nextAttemptAt, now)))
        .orderBy(asc(sessions.id));
      return rows.map((row) => row.id);
    },

    /** Ids and states of the named slugs, to judge containers by. */
    async statesOf(slugs: readonly string[]): Promise<Map<string, SessionState>> {
      if (slugs.length === 0) return new Map();
      const rows = await q
        .select({ slug: sessions.slug, state: sessions.state })
        .from(sessions)
        .where(inArray(sessions.slug, [...slugs]));
      return new Map(rows.map((row) => [row.slug, row.state]));
    },

    /** How many of the user's sessions are active, and how many wait. */
    async countUnfinished(userId: string): Promise<{ active: number; queued: number }> {
      const rows = await q
        .select({ state: sessions.state })
        .from(sessions)
        .where(and(eq(sessions.userId, userId), inArray(sessions.state, [...UNFINISHED])));
      const active = rows.filter((row) => isActive(row.state)).length;
      return { active, queued: rows.length - active };
    },

    async countQueued(): Promise<number> {
      const rows = await q
        .select({ n: sql<number>`count(*)` })
        .from(sessions)
        .where(eq(sessions.state, "QUEUED"));
      return Number(rows[0]?.n ?? 0);
    },

    /** Sessions that hold a GPU: since when, and whether they are on their way to give it back. */
    async holding(): Promise<{ readonly id: string; readonly since: number; readonly ends: boolean }[]> {
      const rows = await q
        .select({ id: sessions.id, state: sessions.state, since: sessions.allocatedAt })
        .from(sessions)
        .where(isNotNull(sessions.activeGpuId));
      return rows.flatMap(({ id, state, since }) =>
        since === null ? [] : [{ id, since, ends: state === "STOPPING" }],
      );
    },

    /** How long the newest sessions that came up and gave their GPU back after `since` had held it, in ms. */
    async heldSince(since: number, limit: number): Promise<number[]> {
      const rows = await q
        .select({ from: sessions.allocatedAt, until: sessions.gpuUntil })
        .from(sessions)
        .where(
          and(
            gte(sessions.gpuUntil, since),
            isNotNull(sessions.runningAt),
            inArray(sessions.state, ["STOPPED", "ERROR"]),
          ),
        )
        .orderBy(desc(sessions.gpuUntil))
        .limit(limit);
      return rows.flatMap(({ from, until }) => (from === null || until === null ? [] : [until - from]));
    },

    /** The unfinished session of a workspace, queued ones too. */
    async ofWorkspace(workspaceId: string): Promise<Session | undefined> {
      const rows = await q
        .select()
        .from(sessions)
        .where(and(eq(sessions.workspaceId, workspaceId), inArray(sessions.state, [...UNFINISHED])))
        .limit(1);
      return rows[0];
    },

    /** Also those that a container without a row still has. */
    async portsInUse(): Promise<Set<number>> {
      const held = await q
        .select({ port: sessions.activeSshPort })
        .from(sessions)
        .where(isNotNull(sessions.activeSshPort))
        .unionAll(q.select({ port: orphans.sshPort }).from(orphans));
      return new Set(held.flatMap(({ port }) => (port === null ? [] : [port])));
    },

    /** GPU seconds per user since a moment: what the fair queue goes by. */
    async gpuSecondsSince(since: number, now: number): Promise<Map<string, number>> {
      const rows = await q
        .select({ userId: sessions.userId, allocatedAt: sessions.allocatedAt, gpuUntil: sessions.gpuUntil })
        .from(sessions)
        .where(
          and(
            isNotNull(sessions.allocatedAt),
            or(inArray(sessions.state, ["STARTING", "RUNNING", "STOPPING"]), gte(sessions.gpuUntil, since)),
          ),
        );
      const seconds = new Map<string, number>();
      for (const row of rows) {
        const from = Math.max(row.allocatedAt ?? now, since);
        const until = row.gpuUntil ?? now;
        seconds.set(row.userId, (seconds.get(row.userId) ?? 0) + Math.max(0, until - from) / 1000);
      }
      return seconds;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
