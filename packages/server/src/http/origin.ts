import { MedforgeError } from "@medforge/core/errors";

import type { Config } from "../config.ts";
import { bearerFrom } from "./bearer.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A page of another site must not act with our user's cookie, and neither must a page on a session's host, which is
 * the same site to a browser. Browsers name the page on every such request; what names none is no browser and has no
 * cookie but its own. No browser adds a bearer token by itself, so a request with nothing else needs no guard.
 */
export function guardOrigin(config: Pick<Config, "portalOrigins">, { method, headers }: Request): void {
  if (SAFE.has(method)) return;
  if (bearerFrom(headers) !== undefined && !headers.has("cookie")) return;
  const origin = headers.get("origin");
  const foreign = origin !== null && !config.portalOrigins.includes(origin);
  const site = headers.get("sec-fetch-site");
  if (foreign || site === "cross-site" || site === "same-site") throw originRefused();
}

/** For a WebSocket, whose page may be of any site: it has to be one of the portal's, to the letter. */
export function guardPage(config: Pick<Config, "portalOrigins">, { headers }: Request): void {
  if (!config.portalOrigins.includes(headers.get("origin") ?? "")) throw originRefused();
}

function originRefused(): MedforgeError {
  return new MedforgeError(
    "origin_not_allowed",
    "This may only be asked for from the portal's own pages. If this is the portal, its address is missing in MEDFORGE_PORTAL_ORIGINS.",
  );
}
