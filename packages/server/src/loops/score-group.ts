import type { Deps } from "../deps.ts";
import { type ScoredRun, writeScored } from "./score-writing.ts";

/** Scores that are waiting to be written, and how many bytes they would make one statement long. */
const GROUP_MAX = 32;
const GROUP_BYTES_MAX = 4 * 1024 ** 2;

/**
 * Writes scores while the next ones are measured, one transaction at a time: what comes while one is on its way goes
 * into the next, so that a fast queue needs few commits and a slow one waits for nothing.
 */
export function createScoreWriter(deps: Deps) {
  const waiting: { readonly scored: ScoredRun; readonly done: PromiseWithResolvers<boolean> }[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const group = waiting.splice(0, groupSize(waiting.map(({ scored }) => scored)));
      await writeGroup(group);
    }
    writing = false;
  }

  async function writeGroup(group: typeof waiting): Promise<void> {
    try {
      const written = await writeScored(
        deps,
        group.map(({ scored }) => scored),
      );
      for (const { scored, done } of group) done.resolve(written.has(scored.run.id));
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
      if (!writing) void writeAll();
      return done.promise;
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
