import { TERMINAL_MESSAGE_BYTES_MAX } from "@medforge/contracts/terminal";
import { Elysia } from "elysia";

import manifest from "../package.json" with { type: "json" };
import type { Deps } from "./deps.ts";
import { houseHooks } from "./http/hooks.ts";
import { createMethodsAt } from "./http/methods.ts";
import { router } from "./http/router.ts";
import { createSamples, type Samples } from "./loops/samples.ts";
import { accountRoutes } from "./modules/accounts.ts";
import { adminRoutes } from "./modules/admin/index.ts";
import { competitionsRoutes } from "./modules/competitions/index.ts";
import { datasetsRoutes } from "./modules/datasets/index.ts";
import { docsRoutes } from "./modules/docs/index.ts";
import { createGate } from "./modules/gate/gate.ts";
import { GATE_PATH, gateRoutes } from "./modules/gate/index.ts";
import { createReadiness } from "./modules/health/checks.ts";
import { healthRoutes } from "./modules/health/index.ts";
import { leaderboardRoutes } from "./modules/leaderboard/index.ts";
import { membersRoutes } from "./modules/members.ts";
import { packsRoutes } from "./modules/packs/index.ts";
import { problemsRoutes } from "./modules/problems/index.ts";
import { sessionsRoutes } from "./modules/sessions/index.ts";
import { siteFiles } from "./modules/site/index.ts";
import { statusRoutes } from "./modules/status/index.ts";
import { submissionsRoutes } from "./modules/submissions/index.ts";
import { terminalRoutes, type Upgrade } from "./modules/terminal/index.ts";
import { createShells, type Shells } from "./modules/terminal/shells.ts";
import { workspacesRoutes } from "./modules/workspaces/index.ts";
import { snapshotsRoutes } from "./modules/workspaces/snapshots-routes.ts";

/** Ours are terminals. A line that broke is noticed by the pings, which Bun sends by itself. */
const WEBSOCKETS = {
  maxPayloadLength: TERMINAL_MESSAGE_BYTES_MAX,
  // Above what a terminal lets wait, its scrollback included: nothing is ever dropped.
  backpressureLimit: 2 ** 20,
  closeOnBackpressureLimit: true,
  idleTimeout: 30,
};

/**
 * The whole API, without listening. `/metrics` is an app of its own: `modules/metrics`.
 * @param shells of terminals in browsers: whoever stops the app closes them
 */
export function createApp(
  deps: Deps,
  samples: Samples = createSamples(deps),
  shells: Shells = createShells(deps),
) {
  const readiness = createReadiness(deps);
  const gate = createGate(deps);
  const house = new Elysia({
    normalize: false,
    websocket: WEBSOCKETS,
    serve: {
      // Whoever reads a body counts its bytes and refuses with a problem; Bun's own limit would answer without a word.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      // Asked before every request of every session: answered before anything of the house begins.
      routes: { [GATE_PATH]: { GET: gate } },
    },
  });
  const upgrade: Upgrade = (request, data) => house.server?.upgrade(request, { data }) ?? false;
  const app = house
    .use(
      houseHooks(deps, {
        methodsAt: createMethodsAt(() => house.routes),
        peerOf: (request) => house.server?.requestIP(request)?.address,
      }),
    )
    .use(siteFiles())
    .use(
      router("/api/v2")
        .use(accountRoutes(deps))
        .use(gateRoutes(deps, gate))
        .use(sessionsRoutes(deps, "external", samples))
        .use(sessionsRoutes(deps, "internal", samples))
        .use(terminalRoutes(deps, "external", shells, upgrade))
        .use(terminalRoutes(deps, "internal", shells, upgrade))
        .use(submissionsRoutes(deps, "external"))
        .use(submissionsRoutes(deps, "internal"))
        .use(snapshotsRoutes(deps))
        .use(workspacesRoutes(deps))
        .use(packsRoutes(deps))
        .use(leaderboardRoutes(deps, "external"))
        .use(leaderboardRoutes(deps, "internal"))
        .use(membersRoutes(deps, "external"))
        .use(membersRoutes(deps, "internal"))
        .use(datasetsRoutes(deps, "external"))
        .use(datasetsRoutes(deps, "internal"))
        .use(competitionsRoutes(deps, "external"))
        .use(competitionsRoutes(deps, "internal"))
        .use(statusRoutes(deps, readiness))
        .use(adminRoutes(deps)),
    )
    .use(healthRoutes(deps, readiness))
    .use(docsRoutes(() => house, manifest.version))
    .use(problemsRoutes());
  return app;
}

/** For the typed client. */
export type App = ReturnType<typeof createApp>;
