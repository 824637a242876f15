import { type RankedTotal, rankedTotals, type Total, totalsOf } from "@medforge/core/rankings";
import type { Exposure } from "@medforge/core/session";
import type { BoardOfSurface } from "@medforge/db/queries/board-reads";

import type { Deps } from "../../deps.ts";
import { createBoardFacts, type Rules } from "../leaderboard/board-facts.ts";

/** A board with everybody's place on it. */
export interface PlacedBoard extends BoardOfSurface, Rules {
  /** Rank by user, the best first. */
  readonly places: ReadonlyMap<string, number>;
}

export interface Standings {
  /** Of every competition of the surface. */
  readonly boards: readonly PlacedBoard[];
  /** Everybody who is listed and stands on a board that counts. */
  readonly ranked: readonly RankedTotal[];
}

/** A place is worth points where nobody can look the right answers up. */
export function counts(board: Pick<Rules, "labelsPubliclyKnown">): boolean {
  return !board.labelsPubliclyKnown;
}

interface Known {
  readonly version: string;
  readonly boards: readonly PlacedBoard[];
  readonly totals: readonly Total[];
}

/**
 * Places and totals of one surface, never old ones: each request asks when the boards last changed, and only those that
 * have are read again. Who is unlisted or disabled is asked each time.
 */
export function createStandings(deps: Pick<Deps, "db">, exposure: Exposure) {
  const facts = createBoardFacts(deps);
  let newest: Known = { version: "", boards: [], totals: [] };
  let shownLast:
    | { readonly of: Known; readonly without: string; readonly ranked: readonly RankedTotal[] }
    | undefined;
  const reading = new Map<string, Promise<Known>>();

  async function placed(board: BoardOfSurface): Promise<PlacedBoard> {
    const before = newest.boards.find((known) => sameLines(known, board));
    const places =
      before?.places ??
      (board.changedAt === null
        ? new Map<string, number>()
        : new Map((await deps.db.boards.everybody(board.identityId)).map((id, at) => [id, at + 1])));
    return { ...board, ...(await facts.rulesOf(board.identityId)), places };
  }

  async function read(version: string, shown: readonly BoardOfSurface[]): Promise<Known> {
    const boards: PlacedBoard[] = [];
    for (const board of shown) boards.push(await placed(board));
    const totals = totalsOf(boards.filter(counts).map(({ places }) => places));
    newest = { version, boards, totals };
    return newest;
  }

  /** Mostly the same as for the request before. */
  function rankedOf(known: Known, unlisted: ReadonlySet<string>): readonly RankedTotal[] {
    const without = [...unlisted].sort().join();
    if (shownLast?.of !== known || shownLast.without !== without) {
      shownLast = { of: known, without, ranked: rankedTotals(known.totals, unlisted) };
    }
    return shownLast.ranked;
  }

  return async (): Promise<Standings> => {
    const [shown, unlisted] = await Promise.all([
      deps.db.boards.onSurface(exposure),
      deps.db.users.unlistedIds(),
    ]);
    // A change that comes while lines are read makes them newer than this, and the next request reads them again.
    const version = JSON.stringify(shown);
    let known = newest;
    if (known.version !== version) {
      const under = reading.get(version) ?? read(version, shown).finally(() => reading.delete(version));
      reading.set(version, under);
      known = await under;
    }
    return { boards: known.boards, ranked: rankedOf(known, unlisted) };
  };
}

function sameLines(known: PlacedBoard, board: BoardOfSurface): boolean {
  return known.identityId === board.identityId && known.changedAt === board.changedAt;
}
