import type { Deps } from "../../deps.ts";
import { CHECK_MS_MAX } from "./check.ts";
import { abandoned, discard, settle } from "./files.ts";

/** After its last byte an upload is at most checked and written down. */
const UNTOUCHED_MS = CHECK_MS_MAX + 3_600_000;

/** What a crash left in `receiving/`: kept when its row was written, else gone without a trace. */
export async function sweepUploads(deps: Deps): Promise<void> {
  const { folders } = deps.config;
  const ids = await abandoned(folders, deps.clock.now() - UNTOUCHED_MS);
  const written = await deps.db.submissions.among(ids);
  for (const id of ids) {
    await (written.has(id) ? settle(folders, id) : discard(folders, id));
    deps.log.warn("submission.swept", {
      loop: "housekeeping",
      submission_id: id,
      kept: written.has(id),
    });
  }
}
