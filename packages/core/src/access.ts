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
