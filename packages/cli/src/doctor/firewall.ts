import type { FirewallState } from "@medforge/runtime/firewall/port";
import type { Deps } from "@medforge/server/deps";

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

export async function checkFirewall({ firewall }: Deps): Promise<Finding[]> {
  return [firewallFinding(firewall.kind, await ask("the firewall", () => firewall.verify()))];
}
