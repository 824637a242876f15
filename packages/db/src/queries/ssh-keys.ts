import { and, asc, eq, gt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { sshKeys, users } from "../schema.ts";
import type { User } from "./users.ts";

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

    /** A user's keys, each with its owner as they were at that moment: whether they count is decided by both. */
    async withOwner(userId: string): Promise<{ publicKey: string; owner: User }[]> {
      return q
        .select({ publicKey: sshKeys.publicKey, owner: users })
        .from(sshKeys)
        .innerJoin(users, eq(users.id, sshKeys.userId))
        .where(eq(sshKeys.userId, userId))
        .orderBy(asc(sshKeys.id));
    },

    async remove(userId: string, id: string): Promise<boolean> {
      const [result] = await q.delete(sshKeys).where(and(eq(sshKeys.id, id), eq(sshKeys.userId, userId)));
      return result.affectedRows === 1;
    },
  };
}
