/** The board's order: pure, and the same whoever asks. */

export type Direction = "higher-is-better" | "lower-is-better";

/** What a line is ordered by. */
export interface Standing {
  /** See `sortKey`. */
  readonly sortKey: number;
  /** Unix ms of the submission, never of a run: a re-score changes no tie. */
  readonly submittedAt: number;
  readonly submissionId: string;
}

/** Ascending is better. Not -0, which a database would tell apart from 0 nowhere and a text of it would. */
export function sortKey(score: number, direction: Direction): number {
  return direction === "higher-is-better" ? 0 - score : score + 0;
}

/** Negative: `a` stands before `b`. Ties go to the earlier submission, then to the smaller id. */
export function compareStandings(a: Standing, b: Standing): number {
  return (
    a.sortKey - b.sortKey ||
    a.submittedAt - b.submittedAt ||
    (a.submissionId < b.submissionId ? -1 : a.submissionId > b.submissionId ? 1 : 0)
  );
}
