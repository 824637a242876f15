import type { Exposure } from "./session.ts";

/** Who may reach what, on which surface (contract, "Routes" and "Session hosts"). */

export interface Viewer {
  readonly userId: string;
  readonly role: "member" | "admin";
  readonly canUseInternal: boolean;
}

/** Every `internal` route needs the right, or admin. */
export function mayUseSurface(viewer: Viewer, exposure: Exposure): boolean {
  return exposure === "EXTERNAL" || viewer.canUseInternal || viewer.role === "admin";
}

/** A session is seen by its owner, on the surface of its exposure; elsewhere it does not exist. */
export function maySeeSession(
  viewer: Viewer,
  surface: Exposure,
  session: { readonly userId: string; readonly exposure: Exposure },
): boolean {
  return session.exposure === surface && session.userId === viewer.userId && mayUseSurface(viewer, surface);
}

/** A pack may be used where its exposure says; `BOTH` everywhere. */
export function packFits(pack: Exposure | "BOTH", surface: Exposure): boolean {
  return pack === "BOTH" || pack === surface;
}

/** How a request came to a session's host; only a navigation can be sent elsewhere to log in. */
export type Way = "navigation" | "fetch" | "websocket";

/** Who comes to a session's host with a login that is live. */
export interface Visitor {
  readonly viewer: Viewer;
  /** The login is one for this very host. With one for another the visitor is known, but has to log in here too. */
  readonly here: boolean;
}

export type Passage =
  | "pass"
  | "log-in"
  | "not_authenticated"
  | "forbidden"
  | "internal_access_required"
  | "not_found";

/**
 * What becomes of a request for a session's host. What is not there comes first: it is the same for everybody, so that
 * nobody has to log in to learn that there is nothing.
 * @param visitor undefined without a live login
 * @param session undefined for an unknown slug
 * @param exposure the one that the host's name says
 */
export function passageTo(
  visitor: Visitor | undefined,
  session: { readonly userId: string; readonly exposure: Exposure; readonly running: boolean } | undefined,
  exposure: Exposure,
  way: Way,
): Passage {
  if (session === undefined || !session.running || session.exposure !== exposure) return "not_found";
  const unknown = way === "navigation" ? "log-in" : "not_authenticated";
  if (visitor === undefined) return unknown;
  const refusal = entryRefusal(visitor.viewer, session);
  if (refusal !== undefined) return refusal;
  return visitor.here ? "pass" : unknown;
}

/** A session is entered by its owner and by admins, an internal one only with the right to use such. */
export function entryRefusal(
  viewer: Viewer,
  session: { readonly userId: string; readonly exposure: Exposure },
): "forbidden" | "internal_access_required" | undefined {
  if (session.userId !== viewer.userId && viewer.role !== "admin") return "forbidden";
  return mayUseSurface(viewer, session.exposure) ? undefined : "internal_access_required";
}
