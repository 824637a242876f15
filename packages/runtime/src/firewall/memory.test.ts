import { firewallContract } from "./contract.ts";
import { MemoryNetfilter, memoryFirewall } from "./memory.ts";

firewallContract("memory", async () => {
  const netfilter = new MemoryNetfilter();
  return {
    firewall: memoryFirewall(netfilter),
    again: () => memoryFirewall(netfilter),
    async remove() {
      netfilter.state = { ok: false, is: "missing", why: "the table inet medforge is missing" };
    },
    async alter() {
      netfilter.state = { ok: false, is: "altered", why: "the table inet medforge was altered" };
    },
  };
});
