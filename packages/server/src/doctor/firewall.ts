import type { FirewallState } from "@medforge/runtime/firewall/port";

import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

export function firewallFinding(kind: string, state: Asked<FirewallState>): Finding {
  const about = { name: "firewall", version: kind };
  const why = "value" in state ? (state.value.ok ? undefined : state.value.why) : state.problem;
  if (why === undefined) {
    return { ...about, code: "MF-FW-0", level: "ok", says: "loaded as it must be", remedy: "" };
  }
  const remedy = "Load it again: `./medforge up` does, or `ops/network/firewall-setup.sh`.";
  return { ...about, code: "MF-FW-1", level: "bad", says: `${why}; no session starts`, remedy };
}

/** @param resolvers that external sessions may ask */
export function resolversFinding(resolvers: readonly string[]): Finding {
  const about = { name: "name servers", version: resolvers.join(" ") };
  if (resolvers.length > 0) {
    return { ...about, code: "MF-DNS-0", level: "ok", says: "external sessions may ask them", remedy: "" };
  }
  const says = "none is named, so external sessions cannot look up names";
  const remedy = "Set MEDFORGE_RESOLVERS, and give the same to `ops/network/firewall-setup.sh --resolver`.";
  return { ...about, code: "MF-DNS-1", level: "warn", says, remedy };
}

export async function checkFirewall({ firewall, config }: Deps): Promise<Finding[]> {
  const loaded = await ask("the firewall", () => firewall.verify());
  return [firewallFinding(firewall.kind, loaded), resolversFinding(config.resolvers)];
}
