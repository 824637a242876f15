import type { Way } from "@medforge/core/access";
import { type Domain, parseSessionHost, type SessionHost } from "@medforge/core/hosts";

/** What Caddy tells about a visitor's request, on a request of its own to us. An empty header is none. */

/** The visitor's host as it was asked for; Caddy writes this header itself and drops the client's. */
export function hostAsked(headers: Headers): string {
  return headers.get("x-forwarded-host") ?? "";
}

export function uriAsked(headers: Headers): string {
  return headers.get("x-forwarded-uri") || "/";
}

/** Only somebody who looks at a page of its own can be sent to log in; a frame or a script would get a wrong answer. */
export function wayOf(headers: Headers): Way {
  const mode = headers.get("sec-fetch-mode") || undefined;
  if (mode === "websocket") return "websocket";
  if (!isReading(headers)) return "fetch";
  if (mode === undefined) return takesPage(headers) ? "navigation" : "fetch";
  return mode === "navigate" && isDocument(headers) ? "navigation" : "fetch";
}

/** Whether a person looks at the answer. */
export function takesPage(headers: Headers): boolean {
  return (
    headers.get("accept")?.includes("text/html") === true || headers.get("sec-fetch-mode") === "navigate"
  );
}

/**
 * Whether another site's page is behind this request. To a browser all sessions are one site, so its cookies come with
 * requests that somebody else's session makes. Links from anywhere may lead here; forms, frames, scripts and
 * WebSockets may only come from this very session, whatever port it is at.
 */
export function isForeign(headers: Headers, domain: Domain, host: SessionHost): boolean {
  const origin = headers.get("origin") || undefined;
  if (origin === undefined) return isDrivenFromElsewhere(headers);
  const from = origin.startsWith("https://") ? parseSessionHost(domain, origin.slice(8)) : undefined;
  return from?.slug !== host.slug || from.exposure !== host.exposure;
}

/** Whether a page of another origin asks for this, other than by leading its visitor here. */
export function isDrivenFromElsewhere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  return (site === "same-site" || site === "cross-site") && wayOf(headers) !== "navigation";
}

function isDocument(headers: Headers): boolean {
  const dest = headers.get("sec-fetch-dest") || "document";
  return dest === "document";
}

function isReading(headers: Headers): boolean {
  const method = headers.get("x-forwarded-method") || "GET";
  return method === "GET" || method === "HEAD";
}
