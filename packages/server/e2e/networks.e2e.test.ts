import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

import { command } from "@medforge/runtime/command";

import { must } from "./house.ts";
import { killEngine, startEngine } from "./lab-engine.ts";
import { inLab, named } from "./named.ts";
import {
  HOST,
  INTERNET,
  INTERNET6,
  LAN,
  METADATA,
  openStage,
  RESOLVER,
  SITE,
  SITE_OPTIONS,
  type Stage,
} from "./networks-stage.ts";
import { type From, tryFrom, validate, wrongFrom } from "./probe.ts";
import { until } from "./until.ts";

/** What a session reaches and who reaches it, on real containers; and that each rule is needed for it. */

const SETUP = fileURLToPath(new URL("../../../ops/network/firewall-setup.sh", import.meta.url));
const bridgeNetfilter = (value: 0 | 1) =>
  must(["sysctl", "-qw", `net.bridge.bridge-nf-call-iptables=${value}`]);

/** Docker's chains gone: only our table decides. Its NAT stays, as there would be no internet without it. */
async function flushDocker(): Promise<void> {
  await must(["iptables", "-P", "FORWARD", "ACCEPT"]);
  await must(["iptables", "-F"]);
}

describe.skipIf(!inLab)("the networks of sessions", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  }, 60_000);
  afterAll(async () => {
    await bridgeNetfilter(1);
    await stage?.close();
  });

  /** Nobody out there may be reached by an internal session, and of these only the internet by an external one. */
  const everywhere = () => {
    const addresses = [INTERNET, LAN, METADATA, RESOLVER, SITE, INTERNET6, stage.ada.gateway6];
    return addresses.flatMap((address) => [
      ...[22, 80, 443, 8080].map((port) => `closed tcp ${address} ${port}`),
      `closed udp ${address} 8080`,
      `closed icmp ${address} -`,
      `closed dns ${address} leak.test`,
      `closed dns-tcp ${address} leak.test`,
    ]);
  };
  const opened = [
    ...[22, 80, 443, 8080].map((port) => `tcp ${INTERNET} ${port}`),
    `udp ${INTERNET} 8080`,
    `icmp ${INTERNET} -`,
    `dns ${RESOLVER} leak.test`,
    `dns-tcp ${RESOLVER} leak.test`,
  ];
  const fromExternal = () => [
    ...everywhere().map((cell) =>
      opened.some((open) => cell === `closed ${open}`) ? cell.replace("closed", "open") : cell,
    ),
    "open dns 127.0.0.11 named.test",
    "open dns-tcp 127.0.0.11 named.test",
    "open resolve - named.test",
    `closed tcp ${stage.bob.address6} 8080`,
    `closed tcp ${stage.eve.address6} 8080`,
  ];
  const fromInternal = () => [
    ...everywhere(),
    "closed dns 127.0.0.11 leak.test",
    "closed dns-tcp 127.0.0.11 leak.test",
    "closed resolve - leak.test",
    `closed tcp ${stage.ada.address6} 8080`,
  ];
  const sshPort = (of: "ada" | "bob" | "eve") => stage[of].session.ssh?.port ?? 0;
  const fromOutside = () =>
    (["ada", "bob", "eve"] as const).flatMap((name) => [
      `open tcp ${HOST} ${sshPort(name)}`,
      ...[22, 8080].map((port) => `closed tcp ${stage[name].address} ${port}`),
      `closed udp ${stage[name].address} 8080`,
      `closed icmp ${stage[name].address} -`,
      `closed tcp ${stage[name].address6} 8080`,
    ]);
  const fromHost = () =>
    (["ada", "bob", "eve"] as const).flatMap((name) => [
      `open tcp ${HOST} ${sshPort(name)}`,
      ...[22, 8080].map((port) => `open tcp ${stage[name].address} ${port}`),
      `closed tcp ${stage[name].address6} 8080`,
    ]);

  /** The whole matrix, through the script that admins run. */
  async function everythingHolds(): Promise<void> {
    for (const [who, cells] of [
      [stage.ada, fromExternal()],
      [stage.eve, fromInternal()],
    ] as const) {
      const { exitCode, stderr, lines, failed } = await validate(who.slug, cells, stage.house.folder);
      expect({ failed, stderr, exitCode }).toEqual({ failed: [], stderr: "", exitCode: 0 });
      expect(lines.length).toBeGreaterThan(150);
      // Refused, not dropped: a program that tries what it may not learns so at once. Only where bridge-nf is on and
      // Docker has translated the address already (an internal session and a published port), the kernel sends the
      // refusal from the address behind it, and nobody hears it.
      const published = new RegExp(` (${[sshPort("ada"), sshPort("bob"), sshPort("eve")].join("|")}) `);
      const silent = lines.filter((line) => /closed tcp [0-9.]+ .* silent/.test(line));
      expect(silent.filter((line) => !published.test(line))).toEqual([]);
    }
    expect(await wrongFrom("outside", fromOutside())).toEqual([]);
    expect(await wrongFrom("host", fromHost())).toEqual([]);
    for (const { ssh, session } of [stage.ada, stage.eve]) {
      expect(await ssh.say(session, "echo in")).toBe("in");
      // From another network namespace sshd itself answers, through the published port.
      const scan = ["ssh-keyscan", "-T", "5", "-t", "ed25519", "-p", String(session.ssh?.port), HOST];
      expect(await must(["ip", "netns", "exec", "outside", ...scan])).toContain("ssh-ed25519 ");
    }
  }

  for (const value of [1, 0] as const) {
    test(`every cell is as it must be with bridge-nf-call-iptables at ${value}`, async () => {
      await bridgeNetfilter(value);
      await everythingHolds();
    }, 60_000);
  }

  test("the engine's resolver never asks the host's, for nobody", async () => {
    const asked = ["closed dns 127.0.0.11 smuggled.test", "closed dns-tcp 127.0.0.11 smuggled.test"];
    for (const { slug } of [stage.ada, stage.eve]) await tryFrom({ slug }, asked);
    expect(await stage.askedOfHost()).not.toContain("test");
    // The external one asked its named resolver, over UDP and over TCP.
    expect((await stage.askedOutside()).match(/smuggled/g)).toHaveLength(2);
    const direct = ["open dns 127.0.0.1 seen.test"];
    expect(await wrongFrom("host", direct)).toEqual([]);
    expect(await stage.askedOfHost()).toContain("seen.test");
  });

  test("no unix socket of the host is seen from inside, whether it has a path or only a name", async () => {
    const engine = named().dockerHost.slice("unix://".length);
    const name = "medforge-e2e-abstract";
    const listening = Bun.listen({ unix: `\0${name}`, socket: { data() {} } });
    try {
      for (const { slug } of [stage.ada, stage.eve]) {
        const { lines, failed } = await validate(slug, [], stage.house.folder);
        expect(failed).toEqual([]);
        for (const path of [engine, `@${name}`]) {
          expect(lines.join("\n")).toContain(`closed unix ${path} - a socket of this host  refused`);
        }
      }
      expect(await wrongFrom("host", [`open unix ${engine} -`, `open unix @${name} -`])).toEqual([]);
    } finally {
      listening.stop(true);
    }
  }, 30_000);

  test("an internal session learns at once that there are no names", async () => {
    const { ssh, session } = stage.eve;
    const timed =
      "python3 -c 'import time, socket\nt = time.time()\ntry: socket.getaddrinfo(\"pypi.test\", 443)\nexcept OSError: print(time.time() - t < 0.5)'";
    expect(await ssh.say(session, timed)).toBe("True");
    expect(await ssh.say(session, "cat /etc/resolv.conf")).toBe("nameserver 127.0.0.1");
  });

  test("it holds while Docker's own chains are flushed", async () => {
    await flushDocker();
    await everythingHolds();
  }, 60_000);

  test("each rule is needed: without it a cell is otherwise", async () => {
    await flushDocker();
    const { ada, bob, eve } = stage;
    const neighbours = "172.16.0.0/12,";
    const table: [without: string[], from: From, cell: string][] = [
      [['input: iifname "mfe-*" goto to_host'], ada, `closed tcp ${HOST} 3306`],
      [['input: iifname "mfi-*" goto to_host'], eve, `closed tcp ${eve.gateway} 8600`],
      [['forward: iifname "mfe-*" goto from_session'], ada, `closed tcp ${LAN} 8080`],
      [['forward: iifname "mfi-*" goto from_session'], eve, `closed udp ${INTERNET} 8080`],
      [['forward: oifname "mfe-*" goto into_session'], "outside", `closed tcp ${ada.address} 8080`],
      [['forward: oifname "mfi-*" goto into_session'], "outside", `closed tcp ${eve.address} 8080`],
      [["to_host: meta nfproto ipv6 drop"], "host", `closed tcp ${ada.address6} 8080`],
      [
        ["to_host: ct state established,related ct direction reply accept"],
        "host",
        `open tcp ${eve.address} 22`,
      ],
      [["to_host: goto refuse"], eve, `closed dns ${eve.gateway} leak.test`],
      [["to_host: meta nfproto ipv6 drop", "to_host: goto refuse"], ada, `closed tcp ${ada.gateway6} 8080`],
      [["from_session: meta nfproto ipv6 drop"], ada, `closed tcp ${INTERNET6} 8080`],
      [
        ["from_session: ct state established,related ct direction reply accept"],
        "outside",
        `open tcp ${HOST} ${sshPort("eve")}`,
      ],
      [['from_session: iifname "mfi-*" goto refuse'], eve, `closed icmp ${INTERNET} -`],
      // Neighbours are kept apart twice: by the names of their bridges, and because their addresses are private ones.
      [
        ['from_session: oifname "mfe-*" goto refuse', `closed: ${neighbours}`],
        ada,
        `closed tcp ${bob.address} 8080`,
      ],
      [
        ['from_session: oifname "mfi-*" goto refuse', `closed: ${neighbours}`],
        ada,
        `closed tcp ${eve.address} 8080`,
      ],
      [["from_session: ip daddr @resolvers udp dport 53 accept"], ada, `open dns ${RESOLVER} named.test`],
      [["from_session: ip daddr @resolvers tcp dport 53 accept"], ada, `open dns-tcp ${RESOLVER} named.test`],
      [["from_session: udp dport 53 goto refuse"], ada, `closed dns ${INTERNET} leak.test`],
      [["from_session: tcp dport 53 goto refuse"], ada, `closed dns-tcp ${INTERNET} leak.test`],
      [["from_session: ip daddr @closed goto refuse"], ada, `closed tcp ${METADATA} 80`],
      [["closed: 169.254.0.0/16,"], ada, `closed tcp ${METADATA} 80`],
      [["closed: 10.0.0.0/8,"], ada, `closed udp ${LAN} 8080`],
      [["from_session: ip daddr @closed_site goto refuse"], ada, `closed tcp ${SITE} 8080`],
      [["into_session: ct state established ct direction reply accept"], ada, `open tcp ${INTERNET} 8080`],
      [["into_session: ct status dnat tcp dport 22 accept"], "outside", `open tcp ${HOST} ${sshPort("ada")}`],
      [["into_session: goto refuse"], "outside", `closed tcp ${bob.address} 8080`],
      [["refuse: reject"], eve, `closed udp ${INTERNET} 8080`],
    ];
    const rules = await must([SETUP, ...SITE_OPTIONS, "--print"]);
    const wrong: string[] = [];
    for (const [without, from, cell] of table) {
      const mutated = without.reduce(withoutRule, rules);
      await load(mutated);
      if ((await wrongFrom(from, [cell])).length === 0)
        wrong.push(`${without.join(", ")} is not missed: ${cell}`);
    }
    await must([SETUP, ...SITE_OPTIONS]);
    expect(wrong).toEqual([]);
    for (const [, from, cell] of table) expect(await wrongFrom(from, [cell])).toEqual([]);
  }, 120_000);

  test("the script for admins fails where a rule is missing, and says which cell", async () => {
    await load(
      withoutRule(await must([SETUP, ...SITE_OPTIONS, "--print"]), 'input: iifname "mfi-*" goto to_host'),
    );
    const { exitCode, failed } = await validate(stage.eve.slug, [], stage.house.folder);
    await must([SETUP, ...SITE_OPTIONS]);
    expect(exitCode).toBe(1);
    expect(failed.join("\n")).toContain(`closed tcp ${HOST} 3306 this host  reached`);
    expect(failed.every((line) => line.includes("this host") || line.includes("published port"))).toBe(true);
  }, 30_000);

  test("errors on the way come back to the session that caused them", async () => {
    const nobodyThere = [`closed udp ${INTERNET} 9`];
    expect(await tryFrom(stage.ada, nobodyThere)).toEqual(["refused"]);
    const rule = "into_session: meta l4proto icmp ct state related accept";
    await load(withoutRule(await must([SETUP, ...SITE_OPTIONS, "--print"]), rule));
    expect(await tryFrom(stage.ada, nobodyThere)).toEqual(["silent"]);
    await must([SETUP, ...SITE_OPTIONS]);
  }, 30_000);

  test("what a session opened while the table was away ends when it is back", async () => {
    const { ssh, session } = stage.eve;
    await must(["nft", "delete", "table", "inet", "medforge"]);
    const talk = `import socket, time
s = socket.create_connection(("${HOST}", 8600), 2)
print("in", flush=True)
time.sleep(2)
try:
    s.settimeout(3); s.send(b"x"); print("heard" if s.recv(1) == b"" else "data")
except ConnectionError: print("cut")
except TimeoutError: print("silent")`;
    const said = ssh.run(session, `python3 -c '${talk}'`);
    await Bun.sleep(1_000);
    await must([SETUP, ...SITE_OPTIONS]);
    expect((await said).stdout.trim().split("\n")).toEqual(["in", "cut"]);
  }, 30_000);

  test("it holds after the host's rules were loaded anew, which takes Docker's away", async () => {
    // What deploy/systemd makes of `systemctl reload nftables`; reload.machine.test.ts runs its very commands.
    await load(`flush ruleset\n${await must([SETUP, ...SITE_OPTIONS, "--print"])}`);
    expect(await must(["nft", "list", "tables"])).toBe("table inet medforge\n");
    await everythingHolds();
  }, 60_000);

  test("it holds after dockerd was killed and started again", async () => {
    const killed = await killEngine();
    await startEngine(killed, stage.house.engine, stage.house.folder);
    await until("SSH", 15_000, async () => (await stage.ada.ssh.say(stage.ada.session, "echo in")) === "in");
    await everythingHolds();
  }, 60_000);
});

async function load(rules: string): Promise<void> {
  const { exitCode, stderr } = await command(["nft", "-f", "-"], { stdin: rules });
  if (exitCode !== 0) throw new Error(`${stderr}\n${rules}`);
}

/** @param which `<chain or set>: <text>`; the text must be there, once */
function withoutRule(rules: string, which: string): string {
  const [block = "", text = ""] = which.split(/: (.*)/);
  const begin = rules.search(new RegExp(`^\\t(chain|set) ${block} \\{$`, "m"));
  const end = rules.indexOf("\n\t}", begin) + 1;
  const whole = rules.slice(begin, end);
  const line = `\t\t${text}\n`;
  const left = whole.replace(whole.includes(line) ? line : text, "");
  if (begin < 0 || whole === left) throw new Error(`there is no \`${text}\` in ${block}`);
  return rules.slice(0, begin) + left + rules.slice(end);
}
