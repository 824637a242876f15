import type { Me } from "@medforge/contracts/me";
import { handleOf } from "@medforge/core/handles";
import type { User } from "@medforge/db/queries/users";

import { instantText } from "../../http/envelope.ts";

export function meOnWire(user: User): Me {
  return {
    id: user.id,
    handle: handleOf(user),
    email: user.email,
    display_name: user.displayName,
    role: user.role,
    can_use_internal: user.canUseInternal,
    max_concurrent_sessions: user.maxConcurrentSessions,
    listed: user.unlistedAt === null,
    created_at: instantText(user.createdAt),
  };
}
