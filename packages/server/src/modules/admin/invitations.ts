import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { Invitation, InvitationWish, NewInvitation } from "@medforge/contracts/invitations";
import { MedforgeError } from "@medforge/core/errors";
import type { Invitation as Row } from "@medforge/db/queries/invitations";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantOrNull, instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { loggedInOf } from "../../http/viewer.ts";
import { invite } from "../auth/invitations.ts";
import { auditAdmin } from "./audit.ts";

/** Who may sign up where sign-up is not open to everybody. */
export function adminInvitationsRoutes(deps: Deps) {
  return router("/admin/invitations")
    .get(
      "",
      ({ request, query }) =>
        pageById(
          deps,
          request,
          query,
          "invitations",
          (before, limit) => deps.db.invitations.page(before, limit),
          invitationOnWire,
        ),
      {
        query: PageQuery,
        response: { 200: Page(Invitation) },
        detail: about("admin", "Every invitation, newest first"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const { row, secret } = await invite(deps, {
          email: body.email,
          role: body.role,
          canUseInternal: body.can_use_internal,
          days: body.expires_in_days,
          createdBy: loggedInOf(request).user.id,
        });
        await auditAdmin(deps, request, "admin.invitation.create", row.id, { ...body });
        return status(201, answer(deps, request, { ...invitationOnWire(row), invitation: secret }));
      },
      {
        body: InvitationWish,
        response: { 201: Answer(NewInvitation) },
        detail: about(
          "admin",
          "Invite somebody to sign up, once",
          [],
          "The invitation is in this answer only. Whoever uses it gets its role and right.",
        ),
      },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        if (!(await deps.db.invitations.revoke(params.id, deps.clock.now()))) {
          throw new MedforgeError("not_found", "There is no such invitation that could still be used.");
        }
        await auditAdmin(deps, request, "admin.invitation.revoke", params.id);
        return answer(deps, request, null);
      },
      {
        params: IdParam,
        response: { 200: Done },
        detail: about("admin", "Take an invitation back", ["not_found"]),
      },
    );
}

function invitationOnWire(invitation: Row): Invitation {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    can_use_internal: invitation.canUseInternal,
    created_by: invitation.createdBy,
    created_at: instantText(invitation.createdAt),
    expires_at: instantText(invitation.expiresAt),
    used_at: instantOrNull(invitation.usedAt),
    used_by: invitation.usedBy,
    revoked_at: instantOrNull(invitation.revokedAt),
  };
}
