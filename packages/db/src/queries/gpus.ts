import { asc, eq, inArray, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { gpuDevices, sessions } from "../schema.ts";

export type Gpu = typeof gpuDevices.$inferSelect;
/** With the session that holds it, if any. */
export type GpuWithHolder = Gpu & { readonly holderSessionId: string | null };

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
        .select({ gpu: gpuDevices, holderSessionId: sessions.id })
        .from(gpuDevices)
        .leftJoin(sessions, eq(sessions.activeGpuId, gpuDevices.id))
        .orderBy(asc(gpuDevices.id));
      return rows.map((row) => ({ ...row.gpu, holderSessionId: row.holderSessionId }));
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

    /** Marks the devices that a container without a row holds, and frees those that none holds any more. */
    async setOrphans(slugByUuid: ReadonlyMap<string, string>): Promise<void> {
      const uuids = [...slugByUuid.keys()];
      const rest = uuids.length === 0 ? undefined : sql`${gpuDevices.uuid} not in ${uuids}`;
      await q
        .update(gpuDevices)
        .set({ orphanSlug: null })
        .where(
          rest === undefined
            ? sql`${gpuDevices.orphanSlug} is not null`
            : sql`${rest} and ${gpuDevices.orphanSlug} is not null`,
        );
      for (const [uuid, orphanSlug] of slugByUuid) {
        await q.update(gpuDevices).set({ orphanSlug }).where(eq(gpuDevices.uuid, uuid));
      }
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
