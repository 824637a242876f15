import { type Static, Type } from "@sinclair/typebox";

import { Email } from "./auth.ts";
import { Exactly, Id, Instant, OrNull } from "./fields.ts";
import { Role } from "./me.ts";

export const INVITATION_DAYS_MAX = 30;

export const Invitation = Exactly({
  id: Id,
  email: OrNull(Type.String({ description: "Whom it is for; null: whoever has it." })),
  role: Role,
  can_use_internal: Type.Boolean(),
  created_by: OrNull(Id),
  created_at: Instant,
  expires_at: Instant,
  used_at: OrNull(Instant),
  used_by: OrNull(Id),
  revoked_at: OrNull(Instant),
});
export type Invitation = Static<typeof Invitation>;

export const InvitationWish = Exactly({
  email: Type.Optional(Email),
  role: Type.Optional(Role),
  can_use_internal: Type.Optional(Type.Boolean()),
  expires_in_days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: INVITATION_DAYS_MAX, description: "Default 7" }),
  ),
});
export type InvitationWish = Static<typeof InvitationWish>;

/** The only answer that holds the invitation's secret. */
export const NewInvitation = Exactly({
  ...Invitation.properties,
  invitation: Type.String({ description: "Shown only now; `POST auth/signup` takes it as `invitation`." }),
});
export type NewInvitation = Static<typeof NewInvitation>;
