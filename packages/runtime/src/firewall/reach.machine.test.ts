import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { command, type Daemon, startDaemon } from "../command.ts";

/**
 * The rules against real packets, in network namespaces of their own: `host` carries the table and routes between two
 * external sessions (a, b), an internal one (c) and the world, which plays the internet, the LAN and the metadata
 * service. Interfaces of sessions are named as their bridges are; bridges themselves change nothing here.
 */
const named = process.env.MEDFORGE_TEST_FIREWALL === "1";

const setup = `${import.meta.dir}/../../../../ops/network/firewall-setup.sh`;
const PLACES = ["host", "a", "b", "c", "world"] as const;
type Place = (typeof PLACES)[number];
const ns = (place: Place) => `mfw-${process.pid}-${place}`;
const INTERNET = "198.51.100.2";
const METADATA = "169.254.169.254";
const LAN = "10.9.9.9";
const RESOLVER = "10.0.0.53";
const SITE = "141.2.3.4";
const WORLD = [`${INTERNET}/24`, `${LAN}/32`, `${RESOLVER}/32`, `${SITE}/32`, `${METADATA}/32`];

async function run(...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await command(argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
}

const inside = (place: Place, ...argv: string[]) => run("ip", "netns", "exec", ns(place), ...argv);

/** A cable from the host to `place`; the host's end has the first address. */
async function cable(place: Place, name: string, hostAddress: string, addresses: string[]): Promise<void> {
  const link = ["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", ns(place)];
  await run("ip", "-n", ns("host"), ...link);
  await run("ip", "-n", ns("host"), "address", "add", hostAddress, "dev", name);
  await run("ip", "-n", ns("host"), "link", "set", name, "up");
  for (const address of addresses) await run("ip", "-n", ns(place), "address", "add", address, "dev", "eth0");
  await run("ip", "-n", ns(place), "link", "set", "eth0", "up");
  const gateway = hostAddress.split("/")[0] ?? "";
  await run("ip", "-n", ns(place), "route", "add", "default", "via", gateway);
}

/** `dropped` means that nobody answered within the second. */
async function reach(from: Place, address: string, port: number): Promise<string> {
  const dial = ["timeout", "1", "bash", "-c", `exec 3<>/dev/tcp/${address}/${port}`];
  const { exitCode } = await command(["ip", "netns", "exec", ns(from), ...dial]);
  return exitCode === 0 ? "reached" : exitCode === 124 ? "dropped" : "refused";
}

/** Listening, and no address is still being checked for duplicates: probes would fail for a wrong reason. */
async function ready(place: Place): Promise<boolean> {
  const checking = await command(["ip", "-n", ns(place), "address", "show", "tentative"]);
  return checking.stdout === "" && (await reach(place, "127.0.0.1", 8080)) === "reached";
}

describe.if(named)("what packets may do", () => {
  const listeners: Daemon[] = [];
  let scratch = "";

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "medforge-reach-"));
    for (const place of PLACES) {
      await run("ip", "netns", "add", ns(place));
      await run("ip", "-n", ns(place), "link", "set", "lo", "up");
    }
    await inside("host", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    await cable("a", "mfe-aaaaaaaa", "172.30.0.1/29", ["172.30.0.2/29"]);
    await cable("b", "mfe-bbbbbbbb", "172.30.0.9/29", ["172.30.0.10/29"]);
    await cable("c", "mfi-cccccccc", "172.30.128.1/29", ["172.30.128.2/29"]);
    await cable("world", "uplink", "198.51.100.1/24", WORLD);
    for (const range of [LAN, RESOLVER, SITE, METADATA]) {
      await run("ip", "-n", ns("host"), "route", "add", range, "via", INTERNET);
    }
    const ipv6: [Place, string, string][] = [
      ["a", "mfe-aaaaaaaa", "fd00:a::"],
      ["world", "uplink", "fd00:f::"],
    ];
    for (const [place, name, prefix] of ipv6) {
      await run("ip", "-n", ns("host"), "address", "add", `${prefix}1/64`, "dev", name);
      await run("ip", "-n", ns(place), "address", "add", `${prefix}2/64`, "dev", "eth0");
      await run("ip", "-n", ns(place), "-6", "route", "add", "default", "via", `${prefix}1`);
    }
    // What a container engine does to publish ports.
    const published = ["10000 : 172.30.0.2 . 22", "10001 : 172.30.128.2 . 22", "10002 : 172.30.0.2 . 8080"];
    const map = `dnat ip to tcp dport map { ${published.join(", ")} }`;
    const hook = "{ type nat hook prerouting priority -100; }";
    await inside("host", "nft", `add table ip nat; add chain ip nat pre ${hook}; add rule ip nat pre ${map}`);

    const serve =
      "for (const port of [22, 53, 8080]) Bun.listen({ hostname: '::', port, socket: { data() {} } }); ";
    for (const place of PLACES) {
      const argv = ["ip", "netns", "exec", ns(place), process.execPath, "-e", serve];
      listeners.push(startDaemon(argv, { logFile: join(scratch, `${place}.log`) }));
    }
    const until = Date.now() + 10_000;
    for (const place of PLACES) {
      while (!(await ready(place)) && Date.now() < until) await Bun.sleep(50);
    }
  }, 30_000);

  afterAll(async () => {
    for (const listener of listeners) listener.kill("SIGKILL");
    for (const place of PLACES) await command(["ip", "netns", "delete", ns(place)]);
    if (scratch !== "") await rm(scratch, { recursive: true, force: true });
  });

  const table: [Place, string, number, string][] = [
    ["a", INTERNET, 8080, "reached"], // the internet is open to external sessions
    ["a", INTERNET, 53, "refused"], // but only the named resolver's port 53
    ["a", RESOLVER, 53, "reached"],
    ["a", RESOLVER, 8080, "refused"], // a resolver is one for port 53 only
    ["a", LAN, 53, "refused"],
    ["a", LAN, 8080, "refused"],
    ["a", SITE, 8080, "refused"],
    ["a", METADATA, 8080, "refused"],
    ["a", "172.30.0.10", 22, "refused"], // a neighbour
    ["a", "172.30.128.2", 22, "refused"],
    ["a", "172.30.0.1", 8080, "refused"], // the host, by its gateway address and by its public one
    ["a", "198.51.100.1", 22, "refused"],
    ["b", "198.51.100.1", 10_000, "refused"], // a neighbour's published port
    ["a", "fd00:a::1", 8080, "dropped"],
    ["a", "fd00:f::2", 8080, "dropped"],
    ["c", INTERNET, 8080, "refused"], // internal sessions reach nothing
    ["c", INTERNET, 53, "refused"],
    ["c", RESOLVER, 53, "refused"],
    ["c", "172.30.0.2", 22, "refused"],
    ["c", "172.30.128.1", 22, "refused"],
    ["host", "172.30.0.2", 8080, "reached"], // Caddy and the health check
    ["host", "172.30.128.2", 22, "reached"],
    ["world", "198.51.100.1", 10_000, "reached"], // SSH from outside, to both kinds
    ["world", "198.51.100.1", 10_001, "reached"],
    ["world", "198.51.100.1", 10_002, "refused"], // published by mistake, and not SSH
    ["world", "172.30.0.2", 22, "refused"], // around the published port
    ["world", "fd00:a::2", 22, "refused"],
  ];

  test("without the table everything is open: the test sees what it claims to see", async () => {
    for (const [from, address, port] of table) {
      expect(`${from} ${address} ${port} ${await reach(from, address, port)}`).toBe(
        `${from} ${address} ${port} reached`,
      );
    }
  }, 30_000);

  test("with the table, each way is as the contract says", async () => {
    await inside("host", setup, "--resolver", RESOLVER, "--closed", "141.2.0.0/16");
    for (const [from, address, port, expected] of table) {
      expect(`${from} ${address} ${port} ${await reach(from, address, port)}`).toBe(
        `${from} ${address} ${port} ${expected}`,
      );
    }
  }, 30_000);
});
