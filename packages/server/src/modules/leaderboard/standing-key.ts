import type { Standing } from "@medforge/core/leaderboard";

/** A line's place in the order as a cursor's key, to the last bit: `<bits of the sort key>.<unix ms>.<submission>`. */
export function keyOfStanding({ sortKey, submittedAt, submissionId }: Standing): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(sortKey);
  return `${bits.toString("hex")}.${submittedAt.toString(36)}.${submissionId}`;
}

/** @returns undefined for what was never made by `keyOfStanding` */
export function standingOfKey(key: string): Standing | undefined {
  const [bits = "", ms = "", submissionId = ""] = key.split(".");
  if (!/^[0-9a-f]{16}$/.test(bits) || !/^[0-9a-z]{1,9}$/.test(ms) || submissionId.length !== 36)
    return undefined;
  const sortKey = Buffer.from(bits, "hex").readDoubleBE();
  return Number.isFinite(sortKey)
    ? { sortKey, submittedAt: Number.parseInt(ms, 36), submissionId }
    : undefined;
}
