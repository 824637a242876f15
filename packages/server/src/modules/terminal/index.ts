import { IdParam } from "@medforge/contracts/fields";
import { ShellId } from "@medforge/contracts/terminal";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { factsOf } from "../../http/facts.ts";
import { guardPage } from "../../http/origin.ts";
import { countHit } from "../../http/rate-limit.ts";
import { router } from "../../http/router.ts";
import { loggedInOf, viewerFrom } from "../../http/viewer.ts";
import { audit } from "../admin/audit.ts";
import { enterable } from "../sessions/enterable.ts";
import type { Shells } from "./shells.ts";
import { type SocketCalls, socketCalls } from "./socket.ts";

const LIMIT = { what: "terminal", hitsMax: 60, windowMs: 60_000 };

/** Makes the request's connection a WebSocket. @returns false when it is none, or nobody listens */
export type Upgrade = (request: Request, calls: SocketCalls) => boolean;

/** A shell in a browser. GET and not Elysia's `ws`: so it is guarded, described and tried like every other route. */
export function terminalRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
  shells: Shells,
  upgrade: Upgrade,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";

  return router(`/${surface}/sessions`).get(
    "/:id/terminal",
    async ({ request, params, query }) => {
      const caller = loggedInOf(request);
      const { session } = await enterable(deps, viewerFrom(caller.user), exposure, params.id);
      // A WebSocket is not bound to its own origin as other requests of scripts are.
      guardPage(deps.config, request);
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        throw new MedforgeError("invalid_request", "This is a WebSocket: connect with one.");
      }
      if (session.state !== "RUNNING") {
        throw new MedforgeError(
          "state_conflict",
          `The session is ${session.state}; only a RUNNING one has a terminal.`,
        );
      }
      await countHit(deps, LIMIT, caller.login.id);
      const { columns, rows, shell: id } = query;
      const shell = await shells.open(caller, session, { columns, rows }, id);
      const { requestId, address } = factsOf(request);
      await audit(deps, {
        actorId: caller.user.id,
        action: "session.terminal",
        target: session.slug,
        detail: { session_id: session.id, login_id: caller.login.id, resumed: shell.id === id },
        requestId,
        address,
      });
      if (!upgrade(request, socketCalls(deps, shell))) {
        throw new MedforgeError("invalid_request", "The connection could not become a WebSocket.");
      }
    },
    {
      params: IdParam,
      query: t.Object(
        {
          // Of texts: `t` takes numbers from a query, TypeBox's own integers would not.
          columns: t.Integer({ minimum: 2, maximum: 500 }),
          rows: t.Integer({ minimum: 2, maximum: 300 }),
          shell: t.Optional(ShellId),
        },
        { additionalProperties: false },
      ),
      detail: {
        ...about(
          `${surface} sessions`,
          "A terminal in a running session, as a WebSocket",
          ["not_found", "origin_not_allowed", "state_conflict", "rate_limited", "runtime_unavailable"],
          "For the portal's pages, with the login's cookie. Binary messages are bytes both ways; the server's first text names the shell (`shell`, `resumed`), the browser's texts are `{columns, rows}`. A shell lives on for two minutes: name it to come back.",
        ),
        responses: { 101: { description: "A WebSocket" } },
      },
    },
  );
}
