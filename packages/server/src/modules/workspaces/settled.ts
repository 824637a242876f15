import { MedforgeError } from "@medforge/core/errors";
import type { Workspace } from "@medforge/db/queries/workspaces";

import type { Deps } from "../../deps.ts";

/** How long a caller is kept waiting before being told that it is still under way. */
const WAIT_MS_MAX = 10_000;
const LOOK_MS = 250;

export type Settled =
  | { readonly is: "done"; readonly workspace: Workspace }
  | { readonly is: "gone" }
  | { readonly is: "under-way"; readonly workspace: Workspace };

/** Waits for the loop to grant what was asked for. The bell only makes it look sooner. */
export async function settled(deps: Deps, id: string): Promise<Settled> {
  const until = deps.clock.now() + WAIT_MS_MAX;
  let wake: (() => void) | undefined;
  let rung = false;
  const deaf = deps.bell.listen((of) => {
    if (of !== id) return;
    rung = true;
    wake?.();
  });
  try {
    for (;;) {
      rung = false;
      const workspace = await deps.db.workspaces.anyById(id);
      if (workspace === undefined) return { is: "gone" };
      if (workspace.operation === null) return finished(workspace);
      if (deps.clock.now() >= until) return { is: "under-way", workspace };
      if (rung) continue;
      const woken = new AbortController();
      wake = () => woken.abort();
      await deps.clock.sleep(LOOK_MS, woken.signal);
    }
  } finally {
    deaf();
  }
}

/** @throws MedforgeError `state_conflict` with the reason when it was given up */
function finished(workspace: Workspace): Settled {
  if (workspace.operationError !== null) throw new MedforgeError("state_conflict", workspace.operationError);
  return workspace.deletedAt === null ? { is: "done", workspace } : { is: "gone" };
}
