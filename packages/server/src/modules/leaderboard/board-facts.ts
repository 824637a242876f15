import { assert } from "@medforge/core/assert";
import type { Direction } from "@medforge/core/leaderboard";
import type { ShownBoard } from "@medforge/db/queries/board-reads";
import { parseManifest } from "@medforge/scoring";

import type { Deps } from "../../deps.ts";

/** What a page needs of a board beside its lines, kept so that no request reads a manifest or long statistics again. */

export interface Rules {
  readonly direction: Direction;
  readonly displayedDecimals: number;
  readonly labelsPubliclyKnown: boolean;
}

export interface Statistics {
  readonly seed: string;
  readonly resamples: number;
  readonly cases: number;
  readonly lines: number;
  readonly aggregations: readonly {
    readonly by: "median" | "rank-then-mean";
    readonly kendallTau: number | null;
    readonly rankOf: ReadonlyMap<string, number>;
  }[];
}

const BOARDS_MAX = 64;
/** The most that a manifest may ask for. */
const DECIMALS_MAX = 12;

export function createBoardFacts(deps: Pick<Deps, "db">) {
  const rules = new Map<string, Rules>();
  const statistics = new Map<string, Statistics | null>();

  return {
    /** Identities never change. */
    async rulesOf(identityId: string): Promise<Rules> {
      const known = rules.get(identityId);
      if (known !== undefined) return known;
      const identity = await deps.db.scoreIdentities.byId(identityId);
      assert(identity !== undefined, "a competition shows an identity that is there");
      const read = parseManifest(identity.manifest);
      // Of an earlier scorer, with a metric that this one has no more: the board stays to be seen.
      const displayedDecimals = read.ok ? read.value.displayedDecimals : DECIMALS_MAX;
      // Who cannot be asked is taken for known: points are never given for what may be copied.
      const labelsPubliclyKnown = read.ok ? read.value.labelsPubliclyKnown : true;
      return kept(rules, identityId, {
        direction: identity.direction,
        displayedDecimals,
        labelsPubliclyKnown,
      });
    },

    /** Null while there are none. */
    async statisticsOf(board: ShownBoard): Promise<Statistics | null> {
      if (board.statisticsAt === null) return null;
      const key = `${board.identityId} ${board.statisticsAt}`;
      const known = statistics.get(key);
      if (known !== undefined) return known;
      const found = (await deps.db.boards.byIdentity(board.identityId))?.statistics ?? null;
      if (found === null || found.absent !== null) return kept(statistics, key, null);
      const { seed, resamples, cases, lines } = found;
      const aggregations = found.aggregations.map(({ by, kendallTau, order }) => ({
        by,
        kendallTau,
        rankOf: new Map(order.map((submissionId, at) => [submissionId, at + 1])),
      }));
      return kept(statistics, key, { seed, resamples, cases, lines, aggregations });
    },
  };
}

function kept<Value>(known: Map<string, Value>, key: string, value: Value): Value {
  known.set(key, value);
  for (const oldest of known.keys()) {
    if (known.size <= BOARDS_MAX) break;
    known.delete(oldest);
  }
  return value;
}
