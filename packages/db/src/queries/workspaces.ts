import { and, asc, eq, gt, isNotNull, isNull } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { workspaces } from "../schema.ts";

export type Workspace = Omit<typeof workspaces.$inferSelect, "liveName">;
export type WorkspaceOperation = NonNullable<Workspace["operation"]>;

/** What is written down for the loop to do. */
export interface OperationWish {
  readonly operation: WorkspaceOperation;
  readonly snapshot?: string;
  readonly sourceId?: string;
  readonly safety?: string;
}

export function workspaceQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `workspaces_live_name` when the user has one of that name. */
    async add(workspace: Workspace): Promise<void> {
      await q.insert(workspaces).values(workspace);
    },

    /** Not those that were deleted. */
    async byId(id: string): Promise<Workspace | undefined> {
      const rows = await q
        .select()
        .from(workspaces)
        .where(and(eq(workspaces.id, id), isNull(workspaces.deletedAt)))
        .limit(1);
      return rows[0];
    },

    /** Also one that was deleted: how its last operation ended. */
    async anyById(id: string): Promise<Workspace | undefined> {
      return (await q.select().from(workspaces).where(eq(workspaces.id, id)).limit(1))[0];
    },

    async byName(userId: string, name: string): Promise<Workspace | undefined> {
      const rows = await q
        .select()
        .from(workspaces)
        .where(and(eq(workspaces.userId, userId), eq(workspaces.liveName, name)))
        .limit(1);
      return rows[0];
    },

    /** Inside a transaction: its operation and its sessions do not change until it ends. */
    async lock(id: string): Promise<Workspace | undefined> {
      const rows = await q
        .select()
        .from(workspaces)
        .where(and(eq(workspaces.id, id), isNull(workspaces.deletedAt)))
        .limit(1)
        .for("update");
      return rows[0];
    },

    async ofUser(userId: string, after: string | undefined, limit: number): Promise<Workspace[]> {
      return q
        .select()
        .from(workspaces)
        .where(
          and(
            eq(workspaces.userId, userId),
            isNull(workspaces.deletedAt),
            after === undefined ? undefined : gt(workspaces.id, after),
          ),
        )
        .orderBy(asc(workspaces.id))
        .limit(limit);
    },

    /** All that live, by id; for retention. */
    async page(after: string | undefined, limit: number): Promise<Workspace[]> {
      return q
        .select()
        .from(workspaces)
        .where(and(isNull(workspaces.deletedAt), after === undefined ? undefined : gt(workspaces.id, after)))
        .orderBy(asc(workspaces.id))
        .limit(limit);
    },

    async update(
      id: string,
      set: Partial<Pick<Workspace, "name" | "quotaBytes" | "lastSshPort">>,
    ): Promise<void> {
      await q.update(workspaces).set(set).where(eq(workspaces.id, id));
    },

    /** @returns false when an operation is under way already */
    async ask(id: string, wish: OperationWish): Promise<boolean> {
      const [result] = await q
        .update(workspaces)
        .set({
          operation: wish.operation,
          operationSnapshot: wish.snapshot ?? null,
          operationSourceId: wish.sourceId ?? null,
          operationSafety: wish.safety ?? null,
          operationError: null,
        })
        .where(and(eq(workspaces.id, id), isNull(workspaces.operation), isNull(workspaces.deletedAt)));
      return result.affectedRows === 1;
    },

    async withOperation(): Promise<Workspace[]> {
      return q.select().from(workspaces).where(isNotNull(workspaces.operation)).orderBy(asc(workspaces.id));
    },

    /** The operation is over: done when `error` is null, else given up for that reason. */
    async settle(id: string, error: string | null): Promise<void> {
      await q
        .update(workspaces)
        .set({
          operation: null,
          operationSnapshot: null,
          operationSourceId: null,
          operationSafety: null,
          operationError: error,
        })
        .where(eq(workspaces.id, id));
    },

    async markDeleted(id: string, at: number, error: string | null): Promise<void> {
      await q
        .update(workspaces)
        .set({
          operation: null,
          operationSnapshot: null,
          operationSourceId: null,
          operationError: error,
          deletedAt: at,
        })
        .where(eq(workspaces.id, id));
    },
  };
}
