import type { Profile } from "@medforge/contracts/people";
import { MedforgeError } from "@medforge/core/errors";
import { handleOf } from "@medforge/core/handles";
import { rankPoints } from "@medforge/core/rankings";

import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";
import { counts, type Standings } from "./standings.ts";

/** @throws MedforgeError `not_found`, also for who is disabled or does not want to be seen */
export async function profileOf(
  deps: Pick<Deps, "db">,
  { boards, ranked }: Standings,
  viewerId: string,
  handle: string,
): Promise<Profile> {
  const user = await deps.db.users.byHandle(handle);
  if (user === undefined || user.disabledAt !== null || (user.unlistedAt !== null && user.id !== viewerId)) {
    throw new MedforgeError("not_found", "There is no such profile.");
  }
  const lines = await deps.db.boards.linesOf(
    user.id,
    boards.map(({ identityId }) => identityId),
  );
  const total = ranked.find(({ userId }) => userId === user.id);
  return {
    handle: handleOf(user),
    display_name: user.displayName,
    member_since: instantText(user.createdAt),
    is_me: user.id === viewerId,
    listed: user.unlistedAt === null,
    ranking: total === undefined ? null : { rank: total.rank, people: ranked.length, points: total.points },
    competitions: boards.flatMap((board) => {
      const line = lines.find(({ identityId }) => identityId === board.identityId);
      const rank = board.places.get(user.id);
      if (line === undefined || rank === undefined) return [];
      return [
        {
          slug: board.slug,
          title: board.title,
          retired_at: instantOrNull(board.retiredAt),
          rank,
          people: board.places.size,
          score: Number(line.score.toFixed(board.displayedDecimals)),
          displayed_decimals: board.displayedDecimals,
          tier: line.tier,
          points: counts(board) ? rankPoints(rank, board.places.size) : null,
        },
      ];
    }),
  };
}
