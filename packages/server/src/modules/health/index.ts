import { Answer } from "@medforge/contracts/envelope";
import { Alive, Readiness } from "@medforge/contracts/status";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";

export function healthRoutes(deps: Deps, readiness: () => Promise<Readiness>) {
  return router("")
    .get("/healthz", ({ request }) => answer(deps, request, { alive: true as const }), {
      response: { 200: Answer(Alive) },
      detail: about("health", "The process answers"),
    })
    .get(
      "/readyz",
      async ({ request, set, status }) => {
        const state = await readiness();
        if (state.ready) return answer(deps, request, state);
        set.headers["retry-after"] = "5";
        return status(503, answer(deps, request, state));
      },
      {
        response: { 200: Answer(Readiness), 503: Answer(Readiness) },
        detail: about("health", "Everything that a session needs answers; if not, what is wrong"),
      },
    );
}
