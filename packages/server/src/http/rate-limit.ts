import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";

import { MedforgeError } from "@medforge/core/errors";

import type { Deps } from "../deps.ts";

export interface Limit {
  readonly what: string;
  readonly hitsMax: number;
  readonly windowMs: number;
}

/**
 * Counts one hit, in the database so that a restart resets nothing.
 * @param subject whose hits are counted: an address, an account; stored only as a hash
 * @throws MedforgeError `rate_limited` when there were too many in this window
 */
export async function countHit(
  deps: Pick<Deps, "db" | "clock">,
  limit: Limit,
  subject: string,
): Promise<void> {
  const bucket = `${limit.what}:${createHash("sha256").update(subject).digest("hex")}`;
  const now = deps.clock.now();
  const { hits, windowEndsAt } = await deps.db.rateLimits.hit(bucket, now, limit.windowMs);
  if (hits <= limit.hitsMax) return;
  const retryAfterS = Math.max(1, Math.ceil((windowEndsAt - now) / 1000));
  throw new MedforgeError("rate_limited", "Too many tries. Wait before the next one.", { retryAfterS });
}

/** Whoever has one IPv6 address has 2⁶⁴ of them: they count as one. */
export function addressSubject(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
