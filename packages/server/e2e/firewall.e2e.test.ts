import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

import type { Readiness } from "@medforge/contracts/status";
import { command } from "@medforge/runtime/command";

import { type House, must, openHouse } from "./house.ts";
import { inLab } from "./named.ts";
import { until } from "./until.ts";

/** The firewall's table is away or not as it must be: nothing starts, and everybody who asks is told why. */

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SETUP = `${ROOT}/ops/network/firewall-setup.sh`;

describe.skipIf(!inLab)("without the firewall's table as it must be", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterEach(() => must([SETUP]));
  afterAll(() => house?.close());

  async function firewallCheck() {
    const answer = await fetch(`${house.server().url}/readyz`);
    const { data } = (await answer.json()) as { data: Readiness };
    return { status: answer.status, ...data.checks.find(({ name }) => name === "firewall") };
  }

  async function doctorSays() {
    const argv = [process.execPath, `${ROOT}/packages/cli/src/main.ts`, "doctor", "--json"];
    const { stdout } = await command(argv, { env: house.environment, deadlineMs: 60_000 });
    const { findings } = JSON.parse(stdout) as { findings: { name: string; code: string; says: string }[] };
    return findings.find(({ name }) => name === "firewall");
  }

  const ways: [name: string, weaken: string[], is: string, where: string][] = [
    ["removed", ["delete", "table", "inet", "medforge"], "missing", "is missing"],
    [
      "edited",
      ["insert", "rule", "inet", "medforge", "from_session", "accept"],
      "altered",
      "chain from_session",
    ],
    ["put to sleep", ["add", "table", "inet", "medforge", "{ flags dormant; }"], "altered", "flags dormant"],
  ];
  for (const [name, weaken, is, where] of ways) {
    test(`which was ${name}, no session starts; health and doctor say why, and loading it is enough`, async () => {
      const { who, ssh } = await house.newKeyHolder();
      await must(["nft", ...weaken]);
      const session = await who.start();
      const says = `The firewall's table inet medforge is ${is}; no session starts.`;
      await until("health to see it", 3_000, async () => (await firewallCheck()).problem === says);
      expect((await firewallCheck()).status).toBe(503);
      expect(await doctorSays()).toMatchObject({
        code: "MF-FW-1",
        says: expect.stringMatching(new RegExp(`${where}.*no session starts`)),
      });
      expect(await who.reaches(session.id, "ERROR")).toMatchObject({
        reason: "start_failed",
        message: expect.stringContaining("./medforge doctor"),
      });
      const logged = await house.server().logged("session.error");
      expect(JSON.stringify(logged.filter((line) => line.session_id === session.id))).toContain(where);
      expect(await house.leftOf([session])).toEqual([]);

      await must([SETUP]);
      const next = await who.running();
      expect(await ssh.say(next, "echo in")).toBe("in");
      await until("health to see it", 3_000, async () => (await firewallCheck()).ok === true);
      expect((await doctorSays())?.code).toBe("MF-FW-0");
      await who.stopped(next.id);
    }, 60_000);
  }

  test("a session that runs goes on, and so do its connections", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    const kept = ssh.run(session, "sleep 2; echo still in");
    await Bun.sleep(700);
    await must(["nft", "delete", "table", "inet", "medforge"]);
    await must([SETUP]);
    expect((await kept).stdout).toBe("still in\n");
    expect((await who.session(session.id)).state).toBe("RUNNING");
    await who.stopped(session.id);
  }, 60_000);
});
