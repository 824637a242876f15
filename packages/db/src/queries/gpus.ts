import { asc, eq, inArray, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { gpuDevices, orphans, sessions } from "../schema.ts";

export type Gpu = typeof gpuDevices.$inferSelect;
/** With the session, or the container without a row, that holds it, if any. */
export type GpuWithHolder = Gpu & {
  readonly holderSessionId: string | null;
  readonly orphanSlug: string | null;
};

const ORPHAN = sql<
  string | null
>`(select min(${orphans.slug}) from ${orphans} where ${orphans.gpuUuid} = ${gpuDevices.uuid})`;

export function gpuQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `gpu_devices_uuid`. */
    async add(gpu: Gpu): Promise<void> {
      await q.insert(gpuDevices).values(gpu);
    },

    async byId(id: string): Promise<Gpu | undefined> {
      return (await q.select().from(gpuDevices).where(eq(gpuDevices.id, id)).limit(1))[0];
    },

    async withHolders(): Promise<GpuWithHolder[]> {
      const rows = await q
        .select({ gpu: gpuDevices, holderSessionId: sessions.id, orphanSlug: ORPHAN })
        .from(gpuDevices)
        .leftJoin(sessions, eq(sessions.activeGpuId, gpuDevices.id))
        .orderBy(asc(gpuDevices.id));
      return rows.map((row) => ({
        ...row.gpu,
        holderSessionId: row.holderSessionId,
        orphanSlug: row.orphanSlug,
      }));
    },

    /**
     * Inside a transaction: one allocation at a time. Locking the few GPU rows in id order makes a race a queue, so
     * that a refusal is never due to someone else's transaction that failed later.
     */
    async lockAll(): Promise<void> {
      await q.select({ id: gpuDevices.id }).from(gpuDevices).orderBy(asc(gpuDevices.id)).for("update");
    },

    async update(id: string, set: Partial<Omit<Gpu, "id" | "uuid" | "createdAt">>): Promise<boolean> {
      const [result] = await q.update(gpuDevices).set(set).where(eq(gpuDevices.id, id));
      return result.affectedRows === 1;
    },

    async setPresent(ids: readonly string[], present: boolean): Promise<void> {
      if (ids.length === 0) return;
      await q
        .update(gpuDevices)
        .set({ present })
        .where(inArray(gpuDevices.id, [...ids]));
    },
  };
}
