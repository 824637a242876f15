import { describe, expect, test } from "bun:test";

import { command } from "../command.ts";
import { firewallContract } from "./contract.ts";
import { nftablesFirewall } from "./nftables.ts";

/** Loads and deletes the table inet medforge: only where the run says that this network namespace is for it. */
const named = process.env.MEDFORGE_TEST_FIREWALL === "1";

const network = `${import.meta.dir}/../../../../ops/network`;
const site = { resolvers: ["10.0.0.53", "192.168.1.1"], closedRanges: ["141.2.0.0/16"] };
const make = () => nftablesFirewall({ rulesFile: `${network}/firewall.nft`, ...site });

async function nft(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await command(["nft", ...args]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** The handle that `nft -a` shows for the rule with this text. */
async function handleOf(chain: string, rule: string): Promise<string> {
  const listed = await nft("-a", "list", "chain", "inet", "medforge", chain);
  const line = listed.split("\n").find((candidate) => candidate.trim().startsWith(rule));
  return line?.match(/# handle (\d+)$/)?.[1] ?? "none";
}

const removed = async () => {
  await command(["nft", "delete", "table", "inet", "medforge"]);
};

if (named) {
  firewallContract("nftables", async () => {
    await removed();
    return {
      firewall: make(),
      again: make,
      remove: removed,
      alter: async () => {
        await nft("flush", "chain", "inet", "medforge", "to_host");
      },
    };
  });
}

describe.if(named)("nftables", () => {
  test("every way to weaken the table is seen and named", async () => {
    const firewall = make();
    const deleteRule = async (chain: string, rule: string) =>
      nft("delete", "rule", "inet", "medforge", chain, "handle", await handleOf(chain, rule));
    const ways: readonly [() => Promise<unknown>, string][] = [
      [() => deleteRule("from_session", 'iifname "mfi-*"'), "chain from_session"],
      [() => deleteRule("input", 'iifname "mfe-*"'), "chain input"],
      [() => nft("insert", "rule", "inet", "medforge", "forward", "accept"), "chain forward, `accept`"],
      [
        () => nft("add", "rule", "inet", "medforge", "into_session", "tcp", "dport", "80", "accept"),
        "dport 80",
      ],
      [() => nft("add", "element", "inet", "medforge", "resolvers", "{ 10.0.0.99 }"), "10.0.0.99"],
      [() => nft("delete", "element", "inet", "medforge", "closed", "{ 169.254.0.0/16 }"), "set closed"],
      [() => nft("add", "table", "inet", "medforge", "{ flags dormant; }"), "flags dormant"],
      [() => nft("flush", "table", "inet", "medforge"), "chain input"],
    ];
    for (const [weaken, named] of ways) {
      await firewall.load();
      expect(await firewall.verify()).toEqual({ ok: true });
      await weaken();
      const state = await firewall.verify();
      expect(state.ok ? "seen as whole" : state.why).toContain(named);
    }
    await removed();
  });

  test("the setup script and the adapter load the same table", async () => {
    await removed();
    const script = `${network}/firewall-setup.sh`;
    const [first = "", second = ""] = site.resolvers;
    const args = ["--resolver", first, "--resolver", second, "--closed", site.closedRanges[0] ?? ""];
    for (const how of ["for the first time", "replacing"]) {
      const { exitCode, stderr } = await command([script, ...args]);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(how) });
      expect(await make().verify()).toEqual({ ok: true });
    }
    const other = nftablesFirewall({ rulesFile: `${network}/firewall.nft` });
    expect(await other.verify()).toMatchObject({ ok: false });
    await removed();
  });

  test("a look takes milliseconds once the expected table is known", async () => {
    const firewall = make();
    await firewall.load();
    await firewall.verify();
    const before = performance.now();
    for (let i = 0; i < 10; i++) await firewall.verify();
    // About 5 ms each here; the bound only notices a second namespace for every look.
    expect((performance.now() - before) / 10).toBeLessThan(60);
    await removed();
  });
});
