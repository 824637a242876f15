import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam, OrNull, SlugText } from "@medforge/contracts/fields";
import {
  Session,
  SessionLog,
  SessionPorts,
  SessionSamples,
  SessionState,
  SessionWish,
} from "@medforge/contracts/sessions";
import { maySeeSession, type Viewer } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Slug } from "@medforge/core/ids";
import { ACTIVE_STATES, type Exposure, isTerminal } from "@medforge/core/session";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { pageOf, pageQuery } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { isStillAdmitted } from "../../http/still-admitted.ts";
import { callerOf, viewerOf } from "../../http/viewer.ts";
import type { Samples } from "../../loops/samples.ts";
import { enterable } from "./enterable.ts";
import { eventStream } from "./events.ts";
import { portsOnWire } from "./ports.ts";
import { createSession, stopSession } from "./service.ts";
import { samplesOnWire, sessionOnWire, sessionsOnWire } from "./wire.ts";

const LOG_LINES_MAX = 500;

/** The sessions of one surface; a session of the other one does not exist here. */
export function sessionsRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
  samples: Samples,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const tag = `${surface} sessions`;

  return router(`/${surface}/sessions`)
    .post(
      "",
      async ({ request, body, status }) => {
        const details = await createSession(deps, viewerOf(request), exposure, {
          ...(body.pack_id === undefined ? {} : { packId: body.pack_id }),
          ...(body.workspace_id === undefined ? {} : { workspaceId: body.workspace_id }),
          ...(body.queue === undefined ? {} : { queue: body.queue }),
        });
        const data = answer(deps, request, await sessionOnWire(deps, details));
        return details.session.state === "QUEUED" ? status(202, data) : status(201, data);
      },
      {
        body: SessionWish,
        response: { 201: Answer(Session), 202: Answer(Session) },
        detail: about(
          tag,
          "Create a session",
          [
            "not_found",
            "no_gpu_available",
            "session_limit_reached",
            "workspace_in_use",
            "pack_deprecated",
            "pack_exposure_mismatch",
            "allocation_conflict",
          ],
          "201: it is STARTING. 202: it waits in the queue, as asked with `queue: true`.",
        ),
      },
    )
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          `${surface}-sessions`,
          (before, limit) =>
            deps.db.sessions.page(
              {
                userId: viewerOf(request).userId,
                exposure,
                ...(query.status === undefined ? {} : { states: [query.status] }),
                ...(query.slug === undefined ? {} : { slug: query.slug }),
              },
              before,
              limit,
            ),
          ({ session }) => session.id,
          (rows) => sessionsOnWire(deps, rows),
        ),
      {
        query: t.Object(
          { ...pageQuery, status: t.Optional(SessionState), slug: t.Optional(SlugText) },
          { additionalProperties: false },
        ),
        response: { 200: Page(Session) },
        detail: about(tag, "Your sessions, newest first"),
      },
    )
    .get(
      "/current",
      async ({ request }) => {
        const filter = {
          userId: viewerOf(request).userId,
          exposure,
          states: ["QUEUED", ...ACTIVE_STATES] as const,
        };
        const newest = (await deps.db.sessions.page(filter, undefined, 1))[0];
        return answer(deps, request, newest === undefined ? null : await sessionOnWire(deps, newest));
      },
      {
        response: { 200: Answer(OrNull(Session)) },
        detail: about(tag, "Your newest session that has not ended, or null"),
      },
    )
    .get(
      "/:id",
      async ({ request, params }) => {
        const details = await seen(deps, viewerOf(request), exposure, params.id);
        return answer(deps, request, await sessionOnWire(deps, details));
      },
      {
        params: IdParam,
        response: { 200: Answer(Session) },
        detail: about(tag, "One session", ["not_found"]),
      },
    )
    .post(
      "/:id/stop",
      async ({ request, params, status }) => {
        const viewer = viewerOf(request);
        const details = await seen(deps, viewer, exposure, params.id);
        const stopping = await stopSession(deps, details, `user:${viewer.userId}`, "stop_requested");
        return status(202, answer(deps, request, await sessionOnWire(deps, stopping)));
      },
      {
        params: IdParam,
        response: { 202: Answer(Session) },
        detail: about(tag, "Stop a session, whatever its state", ["not_found"]),
      },
    )
    .get(
      "/:id/samples",
      async ({ request, params }) => {
        const { session } = await seen(deps, viewerOf(request), exposure, params.id);
        return answer(deps, request, samplesOnWire(deps, samples.of(session.id)));
      },
      {
        params: IdParam,
        response: { 200: Answer(SessionSamples) },
        detail: about(tag, "What a running session used in the last hour", ["not_found"]),
      },
    )
    .get(
      "/:id/log",
      async ({ request, params }) => {
        const { session } = await seen(deps, viewerOf(request), exposure, params.id);
        return answer(deps, request, {
          text: await deps.containers.log(session.slug as Slug, LOG_LINES_MAX),
        });
      },
      {
        params: IdParam,
        response: { 200: Answer(SessionLog) },
        detail: about(
          tag,
          "The end of what a session's main process wrote, sshd above all; empty once its container is gone",
          ["not_found", "runtime_unavailable"],
        ),
      },
    )
    .get(
      "/:id/ports",
      async ({ request, params }) => {
        const { session } = await enterable(deps, viewerOf(request), exposure, params.id);
        return answer(
          deps,
          request,
          portsOnWire(deps, session, await deps.containers.openPorts(session.slug as Slug)),
        );
      },
      {
        params: IdParam,
        response: { 200: Answer(SessionPorts) },
        detail: about(
          tag,
          "On what a session's programs listen, and where a browser gets to them; for its owner and admins",
          ["not_found", "runtime_unavailable"],
        ),
      },
    )
    .get(
      "/:id/events",
      async ({ request, params }) => {
        const { session } = await seen(deps, viewerOf(request), exposure, params.id);
        const after = lastEventId(request.headers.get("last-event-id"));
        if (isTerminal(session.state) && after !== undefined) {
          // To a browser 204 means: do not come back.
          const rest = await deps.db.events.ofSession(session.id, after);
          if (rest.length === 0) return new Response(null, { status: 204 });
        }
        const caller = callerOf(request);
        const stream = eventStream(deps, {
          sessionId: session.id,
          after,
          allowed: () => isStillAdmitted(deps, caller, exposure),
          gone: request.signal,
        });
        const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
        return new Response(stream, { headers });
      },
      {
        params: IdParam,
        detail: {
          ...about(
            tag,
            "Every state change, as server-sent events",
            ["not_found"],
            "Events are of type `session`; `Last-Event-ID` resumes. 204 when there is nothing more to come.",
          ),
          responses: { 200: { description: "The events", content: { "text/event-stream": {} } } },
        },
      },
    );
}

/** @throws MedforgeError `not_found`, also for what the viewer may not know exists */
async function seen(deps: Deps, viewer: Viewer, surface: Exposure, id: string): Promise<SessionDetails> {
  const details = await deps.db.sessions.byId(id);
  if (details === undefined || !maySeeSession(viewer, surface, details.session)) {
    throw new MedforgeError("not_found", "You have no such session on this surface.");
  }
  return details;
}

function lastEventId(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
