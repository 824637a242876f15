import { entryRefusal, type Viewer } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { SessionDetails } from "@medforge/db/queries/sessions";

import type { Deps } from "../../deps.ts";

/**
 * A session of this surface that the viewer may enter: the owner's own, an admin's any.
 * @throws MedforgeError `not_found`, also for what the viewer may not know exists
 */
export async function enterable(
  deps: Deps,
  viewer: Viewer,
  surface: Exposure,
  id: string,
): Promise<SessionDetails> {
  const details = await deps.db.sessions.byId(id);
  if (details?.session.exposure === surface && entryRefusal(viewer, details.session) === undefined)
    return details;
  throw new MedforgeError("not_found", "You have no such session on this surface.");
}
