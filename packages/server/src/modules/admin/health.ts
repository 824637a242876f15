import { Health } from "@medforge/contracts/admin";
import { Answer } from "@medforge/contracts/envelope";

import type { Deps } from "../../deps.ts";
import { examine } from "../../doctor/examine.ts";
import { about } from "../../http/about.ts";
import { answer, instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";

/** Looking asks the engine, ZFS and the GPUs, and reads holdouts: many admins who look are one. */
const KEPT_MS = 15_000;

export function adminHealthRoutes(deps: Deps) {
  let last: { readonly atMs: number; readonly health: Promise<Health> } | undefined;

  const look = async (atMs: number): Promise<Health> => ({
    looked_at: instantText(atMs),
    findings: await examine(deps),
  });

  return router("/admin/health").get(
    "",
    async ({ request }) => {
      const now = deps.clock.now();
      if (last === undefined || now - last.atMs >= KEPT_MS) last = { atMs: now, health: look(now) };
      return answer(deps, request, await last.health);
    },
    {
      response: { 200: Answer(Health) },
      detail: about(
        "admin",
        "What the server works with, with the codes of `./medforge doctor` and what to do",
        [],
        "Looked at anew at most every 15 seconds. `doctor` on the host also says what stands outside the server: its own answer, Caddy, certificates, the disk and the clock.",
      ),
    },
  );
}
