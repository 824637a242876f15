import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import type { Firewall } from "./port.ts";

export interface FirewallBench {
  readonly firewall: Firewall;
  /** Another adapter over the same kernel. */
  again(): Firewall;
  /** Takes the whole table away. */
  remove(): Promise<void>;
  /** Changes one thing behind the adapter's back. */
  alter(): Promise<void>;
}

/** @param make starts from a kernel without the table */
export function firewallContract(name: string, make: () => Promise<FirewallBench>): void {
  describe(`firewall: ${name}`, () => {
    let bench: FirewallBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(() => bench.remove());

    const problem = async () => {
      const state = await bench.firewall.verify();
      return state.ok ? "none" : `${state.is}: ${state.why}`;
    };

    test("before it is loaded, it says that the table is missing, and looking does not load it", async () => {
      expect(await problem()).toStartWith("missing: ");
      expect(await problem()).toStartWith("missing: ");
    });

    test("once loaded it is as expected, for every adapter; loading again changes nothing", async () => {
      await bench.firewall.load();
      expect(await bench.firewall.verify()).toEqual({ ok: true });
      await bench.firewall.load();
      expect(await bench.again().verify()).toEqual({ ok: true });
    });

    test("two that load at the same time leave one whole table", async () => {
      await Promise.all([bench.firewall.load(), bench.again().load()]);
      expect(await bench.firewall.verify()).toEqual({ ok: true });
    });

    test("an altered table is told from a whole one, and loading repairs it", async () => {
      await bench.firewall.load();
      await bench.alter();
      expect(await problem()).toStartWith("altered: ");
      await bench.firewall.load();
      expect(await bench.firewall.verify()).toEqual({ ok: true });
    });

    test("a table that is taken away later is missing, and loading brings it back", async () => {
      await bench.firewall.load();
      await bench.remove();
      expect(await problem()).toStartWith("missing: ");
      await bench.firewall.load();
      expect(await bench.firewall.verify()).toEqual({ ok: true });
    });
  });
}
