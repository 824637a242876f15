import { isSlug, type Slug } from "./ids.ts";
import { EXPOSURES, type Exposure } from "./session.ts";

/** The names that browsers use (contract, "Hosts"). */

export interface Domain {
  /** What stands after `medforge.`: `example.org`, or `localhost` on a developer's machine. */
  readonly name: string;
  /** Where Caddy listens for browsers. */
  readonly port: number;
}

/** One port of one session's container. */
export interface SessionHost {
  readonly slug: Slug;
  readonly exposure: Exposure;
  readonly port: number;
}

/** The one that browsers do not write. */
const HTTPS_PORT = 443;
/** What `s-<slug>` without a port means. */
export const SESSION_PORT = 8080;
/** Below are the ports of the system, which have no host: sshd's is never a web page. */
export const SESSION_PORT_MIN = 1024;
const PORT_MAX = 65_535;

/** Host and port as a browser writes them: `external.medforge.localhost:8443`. */
export function portalHost(domain: Domain, exposure: Exposure): string {
  return `${exposure.toLowerCase()}.medforge.${domain.name}${domain.port === HTTPS_PORT ? "" : `:${domain.port}`}`;
}

export function portalOrigin(domain: Domain, exposure: Exposure): string {
  return `https://${portalHost(domain, exposure)}`;
}

export function sessionHost(domain: Domain, { slug, exposure, port }: SessionHost): string {
  return `s-${slug}${port === SESSION_PORT ? "" : `-${port}`}.${portalHost(domain, exposure)}`;
}

/**
 * What a Host header names, whatever port it was asked at.
 * @returns undefined for anything but a session's host
 */
export function parseSessionHost(domain: Domain, host: string): SessionHost | undefined {
  const colon = host.indexOf(":");
  const name = (colon === -1 ? host : host.slice(0, colon)).toLowerCase();
  if (colon !== -1 && !/^\d{1,5}$/.test(host.slice(colon + 1))) return undefined;
  const dot = name.indexOf(".");
  const label = name.slice(0, dot);
  const exposure = EXPOSURES.find(
    (one) => name.slice(dot + 1) === `${one.toLowerCase()}.medforge.${domain.name}`,
  );
  if (dot === -1 || exposure === undefined || !label.startsWith("s-")) return undefined;
  const slug = label.slice(2, 10);
  const port = portFrom(label.slice(10));
  return isSlug(slug) && port !== undefined ? { slug, exposure, port } : undefined;
}

/** @param text what follows the slug: nothing, or a hyphen and a number without leading zeros */
function portFrom(text: string): number | undefined {
  if (text === "") return SESSION_PORT;
  if (!/^-[1-9]\d{3,4}$/.test(text)) return undefined;
  const port = Number(text.slice(1));
  return port >= SESSION_PORT_MIN && port <= PORT_MAX ? port : undefined;
}
