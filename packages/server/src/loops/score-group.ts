import type { Deps } from "../deps.ts";
import { type ScoredRun, writeScored } from "./score-writing.ts";

/** As many as go into one transaction, and how many bytes they may make its longest statement. */
const GROUP_MAX = 128;
const GROUP_BYTES_MAX = 4 * 1024 ** 2;
/** How long a score waits for others at most: nothing to a person, and a fast queue needs few commits. */
const WAIT_MS = 100;

/** Writes scores in groups while the next ones are measured, one transaction at a time. */
export function createScoreWriter(deps: Pick<Deps, "db" | "clock">) {
  const waiting: { readonly scored: ScoredRun; readonly done: PromiseWithResolvers<boolean> }[] = [];
  let writing = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Soon, or at once when there is a whole group. */
  function arm(): void {
    if (writing || waiting.length === 0) return;
    if (waiting.length >= GROUP_MAX) void writeNext();
    else timer ??= setTimeout(() => void writeNext(), WAIT_MS);
  }

  async function writeNext(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (writing) return;
    writing = true;
    await writeGroup(waiting.splice(0, groupSize(waiting.map(({ scored }) => scored))));
    writing = false;
    arm();
  }

  async function writeGroup(group: typeof waiting): Promise<void> {
    try {
      const written = await writeScored(
        deps,
        group.map(({ scored }) => scored),
      );
      for (const [at, { done }] of group.entries()) done.resolve(written[at] === true);
    } catch (error) {
      // One that cannot be written must not keep its neighbours from it.
      if (group.length > 1) for (const one of group) await writeGroup([one]);
      else group[0]?.done.reject(error);
    }
  }

  return {
    /** Resolves when it is durable. @returns false: the claim is lost */
    write(scored: ScoredRun): Promise<boolean> {
      const done = Promise.withResolvers<boolean>();
      waiting.push({ scored, done });
      arm();
      return done.promise;
    },

    /** No more are to come soon. */
    flush(): void {
      if (waiting.length > 0) void writeNext();
    },
  };
}

/** At least one. */
function groupSize(scored: readonly ScoredRun[]): number {
  let bytes = 0;
  for (const [at, { result }] of scored.slice(0, GROUP_MAX).entries()) {
    bytes += result.perCase?.length ?? 0;
    if (bytes > GROUP_BYTES_MAX) return Math.max(1, at);
  }
  return Math.min(GROUP_MAX, scored.length);
}
