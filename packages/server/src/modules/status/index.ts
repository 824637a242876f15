import { Answer } from "@medforge/contracts/envelope";
import { type Readiness, Status } from "@medforge/contracts/status";

import { scoringState } from "../../competitions/scoring-state.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { answer, instantOrNull } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { simulationNotice } from "./simulated.ts";

export function statusRoutes(deps: Deps, readiness: () => Promise<Readiness>) {
  return router("/status").get(
    "",
    async ({ request }) => {
      const [{ ready }, gpus, queueLength, scoring] = await Promise.all([
        readiness(),
        deps.db.gpus.withHolders(),
        deps.db.sessions.countQueued(),
        scoringState(deps),
      ]);
      const usable = gpus.filter((gpu) => gpu.enabled && gpu.present);
      const free = usable.filter((gpu) => gpu.holderSessionId === null && gpu.orphanSlug === null);
      const notice = simulationNotice(deps.config, null);
      return answer(deps, request, {
        healthy: ready,
        gpus: { total: usable.length, free: free.length },
        queue_length: queueLength,
        scoring: {
          queue_length: scoring.queued,
          oldest_s: scoring.oldestMs / 1000,
          worker_seen_at: instantOrNull(scoring.workerSeenAt),
        },
        signup: deps.config.signup,
        simulated: notice !== null,
        notice,
      });
    },
    {
      response: { 200: Answer(Status) },
      detail: about("status", "Health, free GPUs and the queue's length; public, no names"),
    },
  );
}
