import type { AuditEntry } from "@medforge/db/queries/audit";

import { type Deps, newId } from "../../deps.ts";
import { factsOf } from "../../http/facts.ts";
import { callerOf } from "../../http/viewer.ts";

/** Writes down who did what. Never secrets: `detail` holds ids, names and settings. */
export async function audit(
  deps: Pick<Deps, "db" | "clock" | "randomBytes">,
  entry: Omit<AuditEntry, "id" | "at">,
): Promise<void> {
  await deps.db.audit.add({ ...entry, id: newId(deps), at: deps.clock.now() });
}

/** An admin's change: written down and logged under the same name. */
export async function auditAdmin(
  deps: Deps,
  request: Request,
  action: `admin.${string}`,
  target: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  const caller = callerOf(request);
  const { user } = caller;
  const { requestId, address } = factsOf(request);
  const byWhat = caller.by === "token" ? { ...detail, token_id: caller.token.id } : detail;
  await audit(deps, { actorId: user.id, action, target, detail: byWhat, requestId, address });
  deps.log.info(action, { request_id: requestId, user_id: user.id, target });
}
