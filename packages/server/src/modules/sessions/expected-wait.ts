/**
 * How long those who wait for a GPU will probably wait. Pure.
 *
 * A session has no time limit, so there is no moment by which a GPU is free at the latest: nothing here is a promise.
 * What can be said is what would have happened with sessions as long as those before: each GPU in use is given back when
 * its session has lasted as long as one drawn from those that lasted longer than it has up to now, and each session that
 * starts meanwhile lasts as long as one drawn from all of them. Many draws, and of the starts their median and ninth
 * decile: the bootstrap (Efron 1979) of the queue. Sessions that still run are in no history, which makes estimates
 * somewhat short where lengths have lately grown.
 */

export interface QueueFacts {
  /** For each GPU that will be given to somebody who waits: how long its session has held it; null: free, or on its way to be. */
  readonly heldMs: readonly (number | null)[];
  /** How long sessions that have ended held theirs. */
  readonly historyMs: readonly number[];
}

export interface ExpectedWait {
  /** Half of the time it takes less. */
  readonly medianMs: number;
  /** Nine times of ten it takes less; null where too many of the draws have no end. */
  readonly ninthDecileMs: number | null;
}

/** With fewer there is nothing to judge by. */
export const HISTORY_MIN = 10;
/** Behind this place it is too far away to say. */
export const PLACES_MAX = 100;
const DRAWS = 400;

/**
 * @param places how many wait
 * @param random in [0, 1)
 * @returns for each place, the first one first, what to expect; null where nobody can say: too little history, no GPU
 * that anybody will be given, or one needed that has been held for longer than any before
 */
export function expectedWaits(
  { heldMs, historyMs }: QueueFacts,
  places: number,
  random: () => number,
): (ExpectedWait | null)[] {
  const counted = Math.min(places, PLACES_MAX);
  const unknown = Array<null>(places).fill(null);
  if (historyMs.length < HISTORY_MIN || heldMs.length === 0) return unknown;
  const history = historyMs.toSorted((a, b) => a - b);
  const longerFrom = heldMs.map((held) => (held === null ? 0 : firstAbove(history, held)));
  const starts: number[][] = Array.from({ length: counted }, () => []);
  for (let draw = 0; draw < DRAWS; draw++) {
    const freeAt = heldMs.map((held, gpu) =>
      held === null ? 0 : drawn(history, longerFrom[gpu] ?? 0, random) - held,
    );
    for (const startsAt of starts) {
      const at = Math.min(...freeAt);
      startsAt.push(at);
      freeAt[freeAt.indexOf(at)] = at + drawn(history, 0, random);
    }
  }
  const known = starts.map((startsAt) => {
    const sorted = startsAt.toSorted((a, b) => a - b);
    const medianMs = sorted[DRAWS * 0.5] ?? Number.POSITIVE_INFINITY;
    const ninthDecileMs = sorted[DRAWS * 0.9] ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(medianMs)) return null;
    return { medianMs, ninthDecileMs: Number.isFinite(ninthDecileMs) ? ninthDecileMs : null };
  });
  return [...known, ...unknown.slice(counted)];
}

/** One of those from here on; infinite where there are none. */
function drawn(sorted: readonly number[], from: number, random: () => number): number {
  return sorted[from + Math.floor(random() * (sorted.length - from))] ?? Number.POSITIVE_INFINITY;
}

/** Of the first one that is larger. */
function firstAbove(sorted: readonly number[], value: number): number {
  const at = sorted.findIndex((one) => one > value);
  return at === -1 ? sorted.length : at;
}
