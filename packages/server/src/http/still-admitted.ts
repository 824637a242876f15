import { mayUseSurface } from "@medforge/core/access";
import type { Exposure } from "@medforge/core/session";

import type { Deps } from "../deps.ts";
import { isLiveToken } from "./bearer.ts";
import type { Caller } from "./facts.ts";
import { isLive, viewerFrom } from "./viewer.ts";

/** Whether a caller who was let in would be let in now: for answers that go on, as rights end meanwhile. */
export async function isStillAdmitted(deps: Deps, caller: Caller, surface: Exposure): Promise<boolean> {
  const now = deps.clock.now();
  if (caller.by === "login") {
    const found = await deps.db.logins.byTokenHash(caller.login.tokenHash);
    if (found === undefined || !isLive(found.login, now)) return false;
    return found.user.disabledAt === null && mayUseSurface(viewerFrom(found.user), surface);
  }
  const found = await deps.db.apiTokens.byHash(caller.token.tokenHash);
  if (found === undefined || !isLiveToken(found.token, now)) return false;
  return found.user.disabledAt === null && mayUseSurface(viewerFrom(found.user), surface);
}
