import { describe, expect, test } from "bun:test";

import { listeningIn, openPortsInside } from "./docker-open-ports.ts";
import { OPEN_PORTS_MAX, openPorts } from "./open-ports.ts";

const OWN = "172.30.1.2";
const line = (local: string, state = "0A") =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 1620 1 00000000bb8b0998 100 0 0 10 0`;
const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

describe("the kernel's list of listening sockets", () => {
  test("tells who gets to a port by the address it is bound to; sshd and Docker's resolver are left out", () => {
    const list = [
      HEAD,
      // Worked by hand: 127.0.0.1, 0.0.0.0, 172.30.1.2, 172.30.1.3 with the last byte first.
      line("0100007F:22B8"),
      line("00000000:1F90"),
      line("02011EAC:0BB8"),
      line("03011EAC:0BB9"),
      line("00000000:0016"),
      line("0B00007F:9C41"),
      line("00000000:1F91", "01"),
      "",
    ].join("\n");
    expect(listeningIn(list, OWN)).toEqual([
      { port: 8888, reachable: false },
      { port: 8080, reachable: true },
      { port: 3000, reachable: true },
      { port: 3001, reachable: false },
    ]);
  });

  test("of IPv6: every address takes IPv4 too, and an IPv4 address may be written in it", () => {
    const list = [
      HEAD,
      line(`${"0".repeat(32)}:1F90`),
      line(`${"0".repeat(24)}01000000:1F91`),
      line(`${"0".repeat(16)}FFFF000002011EAC:1F92`),
      line(`${"0".repeat(16)}FFFF00000100007F:1F93`),
      line("000080FE000000000000000002000000:1F94"),
    ].join("\n");
    expect(listeningIn(list, OWN).map(({ port, reachable }) => [port, reachable])).toEqual([
      [8080, true],
      [8081, false],
      [8082, true],
      [8083, false],
      [8084, false],
    ]);
  });

  test("what is not a line of it is no port", () => {
    expect(listeningIn("\n0: junk 1 0A\n0: 00000000:1F9Z 0 0A\n0: 0000:1F90 0 0A\n", OWN)).toEqual([]);
  });

  test("each port is named once, as reachable if it is so anywhere, and not without end", () => {
    const twice = [
      { port: 9, reachable: false },
      { port: 5, reachable: true },
      { port: 9, reachable: true },
      { port: 5, reachable: false },
    ];
    expect(openPorts(twice)).toEqual({
      ports: [
        { port: 5, reachable: true },
        { port: 9, reachable: true },
      ],
      more: false,
    });
    const many = openPorts(Array.from({ length: 60_000 }, (_, n) => ({ port: 65_000 - n, reachable: true })));
    expect([many.ports.length, many.more, many.ports[0]?.port]).toEqual([OPEN_PORTS_MAX, true, 5001]);
  });

  test("a process that is not the container's, or is gone, tells nothing", async () => {
    expect(await openPortsInside({ pid: process.pid, address: "172.30.255.254" })).toBeUndefined();
    expect(await openPortsInside({ pid: 2 ** 22 + 1, address: "127.0.0.1" })).toBeUndefined();
  });

  test("a process of that address tells its own", async () => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const seen = await openPortsInside({ pid: process.pid, address: "127.0.0.1" });
    listener.stop(true);
    // It listens on the very address that is asked about; a busy host may have more ports than are named.
    const named = seen?.ports.some(({ port, reachable }) => port === listener.port && reachable);
    expect(named === true || seen?.more === true).toBe(true);
  });
});
