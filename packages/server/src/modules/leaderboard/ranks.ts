import { compareStandings, type Standing } from "@medforge/core/leaderboard";

import type { Deps } from "../../deps.ts";

/** A board, and when it last changed: two with the same moment have the same lines. */
export interface BoardVersion {
  readonly identityId: string;
  readonly changedAt: number | null;
}

interface Signposts {
  readonly changedAt: number | null;
  readonly posts: readonly (Standing & { readonly place: number })[];
}

const EVERY = 64;
const BOARDS_MAX = 64;
const REFRESH_MS = 1_000;

/**
 * Ranks without counting all better lines each time: every 64th line of a board is remembered with its place, and only
 * the lines behind it are counted. As soon as the board has changed, all of them are counted again, until the
 * signposts are: a rank is never an old one.
 */
export function createRanks(deps: Pick<Deps, "db" | "clock" | "log">) {
  const known = new Map<string, Signposts>();
  const triedAt = new Map<string, number>();

  async function refresh({ identityId, changedAt }: BoardVersion): Promise<void> {
    const now = deps.clock.now();
    if (now - (triedAt.get(identityId) ?? 0) < REFRESH_MS) return;
    triedAt.set(identityId, now);
    try {
      // A change that comes between makes these newer than what is written beside them: they are then never used.
      const posts = await deps.db.boards.everyNth(identityId, EVERY);
      known.delete(identityId);
      known.set(identityId, { changedAt, posts });
      for (const oldest of known.keys()) {
        if (known.size <= BOARDS_MAX) break;
        known.delete(oldest);
        triedAt.delete(oldest);
      }
    } catch (error) {
      deps.log.error("leaderboard.signposts_failed", {}, error);
    }
  }

  return {
    /** 1 + the number of better lines. */
    async rankOf(board: BoardVersion, standing: Standing): Promise<number> {
      const { identityId, changedAt } = board;
      const signposts = known.get(identityId);
      if (signposts === undefined || signposts.changedAt !== changedAt) {
        void refresh(board);
        return 1 + (await deps.db.boards.countBefore(identityId, standing));
      }
      const post = lastUpTo(signposts.posts, standing);
      if (post === undefined) return 1 + (await deps.db.boards.countBefore(identityId, standing));
      if (compareStandings(post, standing) === 0) return post.place;
      return post.place + 1 + (await deps.db.boards.countBefore(identityId, standing, post));
    },
  };
}

function lastUpTo(posts: Signposts["posts"], standing: Standing): Signposts["posts"][number] | undefined {
  let [low, high] = [0, posts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const post = posts[middle];
    if (post !== undefined && compareStandings(post, standing) <= 0) low = middle + 1;
    else high = middle;
  }
  return posts[low - 1];
}
