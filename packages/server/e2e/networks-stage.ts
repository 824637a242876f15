import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Session } from "@medforge/contracts/sessions";
import { type Daemon, startDaemon } from "@medforge/runtime/command";

import { type House, must, openHouse } from "./house.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

/**
 * A host on which everything listens, with two external sessions and an internal one, all of them with IPv6 forced on;
 * around it the lab's `outside`, which plays the internet, the LAN, its name server and cloud metadata and also
 * listens everywhere. What is not reached here is kept away by rules, never by nobody being there.
 */
export interface Stage {
  readonly house: House;
  /** External, its neighbour of another person, and internal. */
  readonly ada: Placed;
  readonly bob: Placed;
  readonly eve: Placed;
  /** Names that somebody asked the host's own name server for, and those asked of `outside`. */
  askedOfHost(): Promise<string>;
  askedOutside(): Promise<string>;
  close(): Promise<void>;
}

export interface Placed {
  readonly session: Session;
  readonly ssh: SshClient;
  readonly slug: string;
  /** Of the container, and of its bridge on the host. */
  readonly address: string;
  readonly gateway: string;
  readonly address6: string;
  readonly gateway6: string;
}

export const INTERNET = "192.0.2.2";
export const INTERNET6 = "2001:db8::2";
export const HOST = "192.0.2.1";
export const LAN = "10.99.0.2";
export const RESOLVER = "10.99.0.53";
export const METADATA = "169.254.169.254";
/** A public address that belongs to the site. */
export const SITE = "198.51.100.7";
export const SITE_OPTIONS = ["--resolver", RESOLVER, "--closed", "198.51.100.0/24"];

const OUTSIDE = [INTERNET, LAN, RESOLVER, METADATA, SITE, INTERNET6];
const OUTSIDE_PORTS = "22,53,80,443,8080";
/** A name server, Caddy's admin, Docker over TCP, MariaDB, the API, and any other. */
const HOST_PORTS = "53,2019,2375,3306,8600,8080";
const SERVE = `import socket, threading
def tcp():
    s = socket.create_server(("::", 8080), family=socket.AF_INET6, dualstack_ipv6=True)
    while True: s.accept()[0].close()
threading.Thread(target=tcp).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("", 8080))
while True: u.sendto(*u.recvfrom(512))`;

export async function openStage(): Promise<Stage> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await build(undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(undo: (() => Promise<unknown>)[], close: () => Promise<void>): Promise<Stage> {
  const house = await openHouse({
    gpus: 3,
    environment: {
      MEDFORGE_SSH_BIND: "0.0.0.0",
      MEDFORGE_RESOLVERS: RESOLVER,
      MEDFORGE_CLOSED_RANGES: "198.51.100.0/24",
    },
  });
  undo.push(() => house.close());
  // The engine must not use it for anybody: a resolver on loopback, asked from the host's own namespace.
  const resolvConf = join(house.folder, "resolv.conf");
  writeFileSync(resolvConf, "nameserver 127.0.0.1\n");
  await must(["mount", "--bind", resolvConf, "/etc/resolv.conf"]);
  undo.push(() => must(["umount", "/etc/resolv.conf"]));

  await outside(undo);
  const [ada, bob, eve] = await Promise.all([
    place(house, "external"),
    place(house, "external"),
    place(house, "internal"),
  ]);
  const listening = async (name: string, ports: string, addresses: readonly string[], inside: string[]) => {
    const log = join(house.folder, `${name}.asked`);
    writeFileSync(log, "");
    const out = join(house.folder, `${name}.log`);
    const program = fileURLToPath(new URL("./listeners.ts", import.meta.url));
    const argv = [...inside, process.execPath, program, log, ports, ...addresses];
    const daemon: Daemon = startDaemon(argv, { logFile: out });
    undo.push(async () => {
      daemon.kill("SIGKILL");
      await daemon.exited;
    });
    await until(`${name} to listen`, 10_000, async () => (await Bun.file(out).text()).includes("listening"));
    return () => Bun.file(log).text();
  };
  const here = [
    HOST,
    "10.99.0.1",
    "127.0.0.1",
    ...[ada, bob, eve].flatMap((one) => [one.gateway, one.gateway6]),
  ];
  return {
    house,
    ada,
    bob,
    eve,
    askedOfHost: await listening("host", HOST_PORTS, here, []),
    askedOutside: await listening("outside", OUTSIDE_PORTS, OUTSIDE, ["ip", "netns", "exec", "outside"]),
    close,
  };
}

/** What the lab's `outside` does not have by itself: more addresses, IPv6, and a way back to every session. */
async function outside(undo: (() => Promise<unknown>)[]): Promise<void> {
  const there: [string[], string[]][] = [
    [
      ["address", "add", `${RESOLVER}/32`, "dev", "outside0"],
      ["address", "del", `${RESOLVER}/32`, "dev", "outside0"],
    ],
    [
      ["address", "add", `${SITE}/32`, "dev", "outside0"],
      ["address", "del", `${SITE}/32`, "dev", "outside0"],
    ],
    // So that packets which nobody masqueraded find back, as on a LAN whose router knows this host.
    [
      ["route", "add", "172.30.0.0/16", "via", HOST],
      ["route", "del", "172.30.0.0/16"],
    ],
    [
      ["address", "add", `${INTERNET6}/64`, "dev", "outside0", "nodad"],
      ["address", "del", `${INTERNET6}/64`, "dev", "outside0"],
    ],
    [
      ["-6", "route", "add", "fd00::/16", "via", "2001:db8::1"],
      ["-6", "route", "del", "fd00::/16"],
    ],
  ];
  for (const [doing, undoing] of there) {
    await must(["ip", "-n", "outside", ...doing]);
    undo.push(() => must(["ip", "-n", "outside", ...undoing]));
  }
  await must(["ip", "address", "add", "2001:db8::1/64", "dev", "lab0", "nodad"]);
  undo.push(() => must(["ip", "address", "del", "2001:db8::1/64", "dev", "lab0"]));
  await must(["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
}

async function place(house: House, surface: "external" | "internal"): Promise<Placed> {
  const { who, ssh } = await house.newKeyHolder({ internal: surface === "internal" });
  const session = await who.on(surface).running();
  const { slug } = session;
  await ssh.say(session, `nohup python3 -c '${SERVE}' >/dev/null 2>&1 &`);
  const bridge = `mf${surface === "external" ? "e" : "i"}-${slug}`;
  const shown = JSON.parse(await must(["ip", "-json", "-4", "address", "show", "dev", bridge]));
  const gateway: string = shown[0].addr_info[0].local;
  const address = gateway.replace(/\d+$/, (last) => String(Number(last) + 1));
  const prefix = `fd00:${address.split(".").slice(2).map(Number).join(":")}`;
  const placed = { session, ssh, slug, address, gateway, address6: `${prefix}::2`, gateway6: `${prefix}::1` };
  await forceIpv6(house, bridge, placed);
  return placed;
}

/** IPv6 in a session that has none, neighbours known on both sides: only rules are left to keep it in. */
async function forceIpv6(
  house: House,
  bridge: string,
  { slug, address6, gateway6 }: Omit<Placed, "session">,
) {
  const pid = (await house.engine.inspect(slug))?.State.Pid ?? 0;
  const inside = ["nsenter", "--target", String(pid), "--net", "--"];
  const lladdr = async (...argv: string[]) =>
    JSON.parse(
      await must([...argv, "ip", "-json", "link", "show", "dev", argv.length > 0 ? "eth0" : bridge]),
    )[0].address as string;
  await must(["sysctl", "-qw", `net.ipv6.conf.${bridge}.disable_ipv6=0`]);
  await must([
    ...inside,
    "sysctl",
    "-qw",
    "net.ipv6.conf.eth0.disable_ipv6=0",
    "net.ipv6.conf.lo.disable_ipv6=0",
  ]);
  await must(["ip", "address", "add", `${gateway6}/64`, "dev", bridge, "nodad"]);
  await must([...inside, "ip", "address", "add", `${address6}/64`, "dev", "eth0", "nodad"]);
  await must([...inside, "ip", "-6", "route", "add", "default", "via", gateway6]);
  const permanent = (to: string, mac: string, dev: string) => [
    "neighbour",
    "replace",
    to,
    "lladdr",
    mac,
    "dev",
    dev,
  ];
  await must(["ip", ...permanent(address6, await lladdr(...inside), bridge)]);
  await must([...inside, "ip", ...permanent(gateway6, await lladdr(), "eth0")]);
}
