import { connect } from "node:tls";

import { portalHost, portalOrigin } from "@medforge/core/hosts";
import { command } from "@medforge/runtime/command";
import type { Config } from "@medforge/server/config";
import { type Asked, ask, type Finding } from "@medforge/server/doctor/finding";

import { findProgram } from "../host/programs.ts";

export interface GateFacts {
  /** Of the Caddy that is installed here, `2.6.2`; "" where it runs in a container. */
  readonly version: string;
  /** Of the certificate that is shown for the portal, in ms since 1970. */
  readonly certificate: { readonly fromMs: number; readonly toMs: number };
  readonly status: number;
  /** Whether Caddy's admin endpoint answers on TCP, where every process of the host could use it. */
  readonly adminOnTcp: boolean;
}

/** Caddy renews when a third of the lifetime is left: with less than this, renewing has failed for a while. */
const LEFT_MIN = 1 / 4;
const ADMIN_TCP = "http://127.0.0.1:2019/config/";
const ASK_MS_MAX = 3_000;

/** @param portal what browsers call it; undefined where no Caddy was brought up */
export function gateFindings(portal: string | undefined, facts: Asked<GateFacts>, nowMs: number): Finding[] {
  const about = { name: "gate", version: portal ?? "" };
  if (portal === undefined) {
    const says = "there is none: no portal over https, and no session's web pages";
    const remedy = "Install Caddy and run `./medforge up` again: `./medforge up --install` does both.";
    return [{ ...about, code: "MF-GATE-5", level: "warn", says, remedy }];
  }
  if (!("value" in facts)) {
    const says = `Caddy does not answer: ${facts.problem}`;
    const remedy = "Start it: `./medforge up`; if it is up, read .medforge/log/caddy.log.";
    return [{ ...about, code: "MF-GATE-1", level: "bad", says, remedy }];
  }
  const { version, certificate, status, adminOnTcp } = facts.value;
  const found: Finding[] = [];
  if (status !== 200) {
    const says = `Caddy answers, but the API does not answer it (${status})`;
    found.push({
      ...about,
      code: "MF-GATE-2",
      level: "bad",
      says,
      remedy: "Look at what is said of the API.",
    });
  }
  if (adminOnTcp) {
    const says = "an admin endpoint of Caddy answers on 127.0.0.1:2019";
    const remedy = "Give that Caddy `admin unix/…`, as deploy/caddy does, and start it again.";
    found.push({ ...about, code: "MF-GATE-3", level: "bad", says, remedy });
  }
  if (letsHeadersThrough(version)) {
    const says = `Caddy ${version} has GHSA-7r4p-vjf4-gxv4`;
    found.push({ ...about, code: "MF-GATE-4", level: "bad", says, remedy: "Use Caddy 2.11.2 or later." });
  }
  const leftMs = certificate.toMs - nowMs;
  if (leftMs < (certificate.toMs - certificate.fromMs) * LEFT_MIN) {
    const until = new Date(certificate.toMs).toISOString();
    const says =
      leftMs <= 0 ? `the certificate ended ${until}` : `the certificate ends ${until}, not renewed`;
    const remedy = "Read Caddy's log for why it cannot renew: the DNS provider's token, or the clock.";
    found.push({ ...about, code: "MF-GATE-6", level: leftMs <= 0 ? "bad" : "warn", says, remedy });
  }
  if (found.length > 0) return found;
  const says = `answers${version === "" ? "" : `, Caddy ${version}`}`;
  return [{ ...about, code: "MF-GATE-0", level: "ok", says, remedy: "" }];
}

/** GHSA-7r4p-vjf4-gxv4: from 2.10.0 up to 2.11.1. */
function letsHeadersThrough(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major === 2 && (minor === 10 || (minor === 11 && patch < 2));
}

export async function checkGate(config: Config): Promise<Finding[]> {
  const portal = portalOrigin(config.domain, "EXTERNAL");
  // Without a gate, people talk to the API itself.
  if (!config.portalOrigins.includes(portal)) return gateFindings(undefined, NOT_ASKED, Date.now());
  const facts = await ask("the gate", () => gateFacts(portalHost(config.domain, "EXTERNAL")));
  return gateFindings(portal, facts, Date.now());
}

const NOT_ASKED = { problem: "not asked", remedy: undefined };

async function gateFacts(host: string): Promise<GateFacts> {
  const [serverName = "", port = "443"] = host.split(":");
  // Who does not trust the certificate will say so; here it is only read.
  const answer = await fetch(`https://127.0.0.1:${port}/healthz`, {
    headers: { host },
    tls: { serverName, rejectUnauthorized: false },
    signal: AbortSignal.timeout(ASK_MS_MAX),
  });
  return {
    version: await caddyVersion(),
    certificate: await certificateOf(serverName, Number(port)),
    status: answer.status,
    adminOnTcp: await fetch(ADMIN_TCP, { signal: AbortSignal.timeout(ASK_MS_MAX) })
      .then(() => true)
      .catch(() => false),
  };
}

async function caddyVersion(): Promise<string> {
  const program = findProgram("caddy");
  if (program === undefined) return "";
  return (await command([program, "version"])).stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? "";
}

function certificateOf(servername: string, port: number): Promise<GateFacts["certificate"]> {
  const { promise, resolve, reject } = Promise.withResolvers<GateFacts["certificate"]>();
  const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false }, () => {
    const { valid_from, valid_to } = socket.getPeerCertificate();
    resolve({ fromMs: Date.parse(valid_from), toMs: Date.parse(valid_to) });
    socket.end();
  });
  socket.setTimeout(ASK_MS_MAX, () => socket.destroy(new Error("no TLS")));
  socket.on("error", reject);
  return promise;
}
