import type { Deps } from "../../deps.ts";
import { chanceFrom } from "../../simulation/chance.ts";
import { type ExpectedWait, expectedWaits } from "./expected-wait.ts";

const HISTORY_MS = 30 * 86_400_000;
const SESSIONS_MAX = 1_000;
/** Always the same one: an estimate that moves only when the facts do. */
const SEED = 1;

/** What those who wait now may expect, by their place. A GPU that is drained, missing or held by an orphan is nobody's hope. */
export async function expectedWaitsNow(
  deps: Pick<Deps, "db" | "clock">,
  places: number,
): Promise<(ExpectedWait | null)[]> {
  if (places === 0) return [];
  const now = deps.clock.now();
  const [gpus, holding, historyMs] = await Promise.all([
    deps.db.gpus.withHolders(),
    deps.db.sessions.holding(),
    deps.db.sessions.heldSince(now - HISTORY_MS, SESSIONS_MAX),
  ]);
  const holderOf = new Map(holding.map((holder) => [holder.id, holder]));
  const usable = gpus.filter(({ enabled, present, orphanSlug }) => enabled && present && orphanSlug === null);
  const heldMs = usable.map(({ holderSessionId }) => {
    const holder = holderSessionId === null ? undefined : holderOf.get(holderSessionId);
    return holder === undefined || holder.ends ? null : Math.max(0, now - holder.since);
  });
  const chance = chanceFrom(SEED);
  return expectedWaits({ heldMs, historyMs }, places, () => chance.next());
}
