import type { Firewall, FirewallState } from "./port.ts";

/** The pretend kernel: outlives the adapters over it. A test alters it by writing to `state`. */
export class MemoryNetfilter {
  state: FirewallState = {
    ok: false,
    is: "missing",
    why: "the table inet medforge is missing; it was never loaded",
  };
}

export function memoryFirewall(netfilter: MemoryNetfilter): Firewall {
  return {
    kind: "memory",
    async load() {
      netfilter.state = { ok: true };
    },
    async verify() {
      return netfilter.state;
    },
  };
}
