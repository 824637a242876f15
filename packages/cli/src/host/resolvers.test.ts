import { expect, test } from "bun:test";

import { nameServers } from "./resolvers.ts";

test("name servers on loopback and those without an IPv4 address cannot be asked from a session", () => {
  const text = [
    "# generated",
    "search lab.example",
    "nameserver 127.0.0.53",
    "nameserver 10.0.0.53",
    "nameserver fe80::1%eth0",
    "nameserver  192.0.2.53 ",
    "#nameserver 192.0.2.99",
    "options edns0",
  ];
  expect(nameServers(text.join("\n"))).toEqual(["10.0.0.53", "192.0.2.53"]);
  expect(nameServers("")).toEqual([]);
});
