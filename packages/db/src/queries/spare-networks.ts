import { asc, eq, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { spareNetworks } from "../schema.ts";

export type SpareNetwork = typeof spareNetworks.$inferSelect;

export function spareNetworkQueries(q: Queryable) {
  return {
    async all(): Promise<SpareNetwork[]> {
      return q.select().from(spareNetworks).orderBy(asc(spareNetworks.sshPort));
    },

    /** Fails with a duplicate on `spare_networks_ssh_port`. */
    async add(spare: SpareNetwork): Promise<void> {
      await q.insert(spareNetworks).values(spare);
    },

    /** @returns the slug that comes with this port from now on, once */
    async take(sshPort: number): Promise<string | undefined> {
      const [rows] = await q.execute(
        sql`delete from ${spareNetworks} where ${spareNetworks.sshPort} = ${sshPort} returning ${spareNetworks.slug}`,
      );
      const taken: unknown = rows;
      return Array.isArray(taken) ? (taken as { slug: string }[])[0]?.slug : undefined;
    },

    /** @returns false when someone took it before */
    async drop(slug: string): Promise<boolean> {
      const [result] = await q.delete(spareNetworks).where(eq(spareNetworks.slug, slug));
      return result.affectedRows === 1;
    },
  };
}
