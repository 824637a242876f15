import { expect, test } from "bun:test";

import { nftablesFirewall } from "./nftables.ts";

const rulesFile = `${import.meta.dir}/../../../../ops/network/firewall.nft`;

test("without nft the fault has a name and a remedy", async () => {
  const firewall = nftablesFirewall({ rulesFile, nft: "/nonexistent/nft" });
  for (const call of [() => firewall.load(), () => firewall.verify()]) {
    expect(await call().catch((cause) => cause)).toMatchObject({ name: "MachineError", fault: "broken" });
  }
});

test("what is not an IPv4 address or range never reaches nft", async () => {
  for (const strange of ["fe80::1", "10.0.0.1 }; flush ruleset; {", "dns.lab", ""]) {
    const firewall = nftablesFirewall({ rulesFile, nft: "/nonexistent/nft", resolvers: [strange] });
    expect(await firewall.load().catch((cause) => cause)).toMatchObject({ fault: "refused" });
  }
});

test("the file replaces the table in one transaction, and closes what the contract names", async () => {
  const rules = await Bun.file(rulesFile).text();
  const statements = rules
    .split("\n")
    .filter((line) => line.startsWith("table") || line.startsWith("delete"));
  expect(statements).toEqual(["table inet medforge", "delete table inet medforge", "table inet medforge {"]);
  for (const range of ["169.254.0.0/16", "172.16.0.0/12", "100.64.0.0/10", "224.0.0.0/4", "10.0.0.0/8"]) {
    expect(rules).toContain(range);
  }
});
