import { expect, test } from "bun:test";

import { clientAddress } from "./facts.ts";
import { addressSubject } from "./rate-limit.ts";

test("a forwarded address counts only from our own proxy, and only the entry it added", () => {
  expect(clientAddress("127.0.0.1", "1.2.3.4, 203.0.113.9")).toBe("203.0.113.9");
  expect(clientAddress("::ffff:127.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
  expect(clientAddress("198.51.100.7", "203.0.113.9")).toBe("198.51.100.7");
  expect(clientAddress("127.0.0.1", "'; drop table users")).toBe("127.0.0.1");
  expect(clientAddress("127.0.0.1", null)).toBe("127.0.0.1");
});

test("an IPv6 network counts as one address, however it is written", () => {
  expect(addressSubject("203.0.113.9")).toBe("203.0.113.9");
  expect(addressSubject("2001:db8:1:2::1")).toBe("2001:db8:1:2::/64");
  expect(addressSubject("2001:0db8:0001:0002:a:b:c:d")).toBe("2001:db8:1:2::/64");
  expect(addressSubject("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(addressSubject("::1")).toBe("0:0:0:0::/64");
});
