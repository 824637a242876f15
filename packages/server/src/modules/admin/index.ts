import type { Deps } from "../../deps.ts";
import { router } from "../../http/router.ts";
import { adminAnnouncementsRoutes } from "./announcements.ts";
import { adminAuditRoutes } from "./audit-routes.ts";
import { adminBoardsRoutes } from "./boards.ts";
import { adminCompetitionsRoutes } from "./competitions.ts";
import { adminGpusRoutes } from "./gpus.ts";
import { adminHealthRoutes } from "./health.ts";
import { adminInvitationsRoutes } from "./invitations.ts";
import { adminPacksRoutes } from "./packs.ts";
import { adminSessionsRoutes } from "./sessions.ts";
import { adminSubmissionsRoutes } from "./submissions.ts";
import { adminUsersRoutes } from "./users.ts";

/** All that only admins may ask for. */
export function adminRoutes(deps: Deps) {
  return router("")
    .use(adminAnnouncementsRoutes(deps))
    .use(adminAuditRoutes(deps))
    .use(adminBoardsRoutes(deps))
    .use(adminCompetitionsRoutes(deps))
    .use(adminGpusRoutes(deps))
    .use(adminHealthRoutes(deps))
    .use(adminInvitationsRoutes(deps))
    .use(adminPacksRoutes(deps))
    .use(adminSessionsRoutes(deps))
    .use(adminSubmissionsRoutes(deps))
    .use(adminUsersRoutes(deps));
}
