/**
 * The ranking across competitions: points for every place on a board, summed up. Pure; who counts is decided elsewhere.
 *
 * A place is worth what Kaggle's published formula gives to a team of one at the deadline
 * ("Improved Kaggle Rankings", blog.kaggle.com, 2015-05-13): 100,000 · rank^−0.75 · log10(1 + log10(people)). Its decay over time
 * is left out: boards here stay open, so there is no deadline to count from, and a total changes only when a board does.
 */

const POINTS_MAX = 100_000;

/**
 * Whole points, so that totals are exact and two people with the same places are equal.
 * @param rank from 1
 * @param people on the board; alone on one there is nobody to be better than: 0 points
 */
export function rankPoints(rank: number, people: number): number {
  return Math.round(POINTS_MAX * rank ** -0.75 * Math.log10(1 + Math.log10(people)));
}

/** Somebody's total. */
export interface Total {
  readonly userId: string;
  readonly points: number;
  /** On how many boards they stand. */
  readonly competitions: number;
}

export interface RankedTotal extends Total {
  readonly rank: number;
}

/** Negative: `a` stands before `b`. Equal points share a rank; the older account stands first (ids sort by time). */
export function compareTotals(
  a: Pick<Total, "points" | "userId">,
  b: Pick<Total, "points" | "userId">,
): number {
  return b.points - a.points || (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0);
}

/** @param boards for each who stands on it, with their rank */
export function totalsOf(boards: readonly ReadonlyMap<string, number>[]): Total[] {
  const totals = new Map<string, { points: number; competitions: number }>();
  for (const places of boards) {
    for (const [userId, rank] of places) {
      const total = totals.get(userId) ?? { points: 0, competitions: 0 };
      total.points += rankPoints(rank, places.size);
      total.competitions += 1;
      totals.set(userId, total);
    }
  }
  return [...totals].map(([userId, total]) => ({ userId, ...total })).sort(compareTotals);
}

/**
 * Those who are shown, with their rank among them: 1 + how many of them have more points.
 * @param totals in order
 */
export function rankedTotals(totals: readonly Total[], unlisted: ReadonlySet<string>): RankedTotal[] {
  const ranked: RankedTotal[] = [];
  for (const total of totals) {
    if (unlisted.has(total.userId)) continue;
    const before = ranked.at(-1);
    const rank = before !== undefined && before.points === total.points ? before.rank : ranked.length + 1;
    ranked.push({ ...total, rank });
  }
  return ranked;
}
