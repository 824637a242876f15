/** Which snapshots to keep. A rule only: `loops/retention.ts` deletes what it returns. */

export interface SnapshotFact {
  readonly name: string;
  readonly createdAtMs: number;
}

export interface RetentionPolicy {
  /** The newest automatic snapshots are kept whatever their age. */
  readonly newestMin: number;
  /** Beyond those, one a day is kept for this many days. */
  readonly dailyDays: number;
}

const DAY_MS = 86_400_000;
/** Made by MedForge itself; what a person named is only ever deleted by a person. */
const AUTOMATIC = /^(stop|death|before-restore)-\d+$/;

export function isAutomatic(snapshotName: string): boolean {
  return AUTOMATIC.test(snapshotName);
}

/** @returns names to delete, oldest first */
export function snapshotsToDelete(
  snapshots: readonly SnapshotFact[],
  nowMs: number,
  policy: RetentionPolicy,
): string[] {
  const automatic = snapshots
    .filter((s) => isAutomatic(s.name))
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
  const daysKept = new Set<number>();
  const doomed: string[] = [];
  automatic.forEach((snapshot, rank) => {
    const day = Math.floor(snapshot.createdAtMs / DAY_MS);
    const young = nowMs - snapshot.createdAtMs <= policy.dailyDays * DAY_MS;
    const firstOfDay = !daysKept.has(day);
    daysKept.add(day);
    if (rank >= policy.newestMin && !(young && firstOfDay)) doomed.push(snapshot.name);
  });
  return doomed.reverse();
}
