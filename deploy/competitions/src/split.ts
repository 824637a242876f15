import { createHash } from "node:crypto";

/**
 * Which ids are held out: `count` of them, from every stratum in proportion (the largest remainders get what rounding
 * leaves), and within a stratum the first ones by SHA-256 of seed and id. So the choice depends on the ids alone and
 * neither on the order of the rows nor on the machine.
 */
export function heldOut(
  strata: Readonly<Record<string, readonly string[]>>,
  count: number,
  seed: string,
): Set<string> {
  const total = Object.values(strata).reduce((sum, ids) => sum + ids.length, 0);
  const shares = Object.entries(strata).map(([name, ids]) => {
    const exact = (ids.length * count) / total;
    return { name, ids, take: Math.floor(exact), rest: exact - Math.floor(exact) };
  });
  const left = count - shares.reduce((sum, { take }) => sum + take, 0);
  const byRest = shares.toSorted((a, b) => b.rest - a.rest || (a.name < b.name ? -1 : 1));
  for (const share of byRest.slice(0, left)) share.take++;
  return new Set(shares.flatMap(({ ids, take }) => byHash(ids, seed).slice(0, take)));
}

function byHash(ids: readonly string[], seed: string): string[] {
  const hashed = ids.map((id) => ({
    id,
    hash: createHash("sha256").update(`${seed}\n${id}`).digest("hex"),
  }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ id }) => id);
}
