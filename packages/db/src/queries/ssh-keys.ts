import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { sshKeys, users } from "../schema.ts";

export type SshKey = typeof sshKeys.$inferSelect;

export function sshKeyQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `ssh_keys_fingerprint` when the user has this key already. */
    async add(key: SshKey): Promise<void> {
      await q.insert(sshKeys).values(key);
    },

    async page(userId: string, after: string | undefined, limit: number): Promise<SshKey[]> {
      return q
        .select()
        .from(sshKeys)
        .where(and(eq(sshKeys.userId, userId), after === undefined ? undefined : gt(sshKeys.id, after)))
        .orderBy(asc(sshKeys.id))
        .limit(limit);
    },

    /** The lines of each user's authorized_keys: none for somebody who is disabled. */
    async linesOf(userIds: readonly string[]): Promise<Map<string, string[]>> {
      const lines = new Map<string, string[]>(userIds.map((id) => [id, []]));
      if (userIds.length === 0) return lines;
      const rows = await q
        .select({ userId: sshKeys.userId, publicKey: sshKeys.publicKey })
        .from(sshKeys)
        .innerJoin(users, eq(users.id, sshKeys.userId))
        .where(and(inArray(sshKeys.userId, [...userIds]), isNull(users.disabledAt)))
        .orderBy(asc(sshKeys.id));
      for (const row of rows) lines.get(row.userId)?.push(row.publicKey);
      return lines;
    },

    async remove(userId: string, id: string): Promise<boolean> {
      const [result] = await q.delete(sshKeys).where(and(eq(sshKeys.id, id), eq(sshKeys.userId, userId)));
      return result.affectedRows === 1;
    },
  };
}
