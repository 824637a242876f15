import type { Deps } from "../deps.ts";
import { router } from "../http/router.ts";
import { announcementsRoutes } from "./announcements/index.ts";
import { rankingsRoutes } from "./rankings/index.ts";
import { recentSubmissionsRoutes } from "./submissions/recent.ts";

/** What the members of one surface share beside its sessions and single competitions: news, ranks, what was submitted. */
export function membersRoutes<const Surface extends "external" | "internal">(deps: Deps, surface: Surface) {
  return router("")
    .use(announcementsRoutes(deps, surface))
    .use(rankingsRoutes(deps, surface))
    .use(recentSubmissionsRoutes(deps, surface));
}
