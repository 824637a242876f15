import { MedforgeError } from "@medforge/core/errors";

import type { Config } from "../config.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A page of another site must not act with our user's cookie. Browsers name the page on every such request; what
 * names none is no browser and has no cookie but its own.
 */
export function guardOrigin(config: Pick<Config, "portalOrigins">, request: Request): void {
  if (SAFE.has(request.method)) return;
  const origin = request.headers.get("origin");
  const foreign = origin !== null && !config.portalOrigins.includes(origin);
  if (foreign || request.headers.get("sec-fetch-site") === "cross-site") {
    throw new MedforgeError(
      "origin_not_allowed",
      "This may only be asked for from the portal's own pages. If this is the portal, its address is missing in MEDFORGE_PORTAL_ORIGINS.",
    );
  }
}
