import { expect, test } from "bun:test";

import { containerName, isSlug, isUuid, slugFrom, uuidv7 } from "./ids.ts";

test("a slug is base32 of 40 bits, most significant first", () => {
  // RFC 4648, section 10: BASE32("fooba") = "MZXW6YTB".
  expect(slugFrom(new TextEncoder().encode("fooba")) as string).toBe("mzxw6ytb");
  expect(slugFrom(new Uint8Array(5)) as string).toBe("aaaaaaaa");
  expect(slugFrom(new Uint8Array(5).fill(255)) as string).toBe("77777777");
  expect(() => slugFrom(new Uint8Array(4))).toThrow("5 bytes");
});

test("only what slugFrom can make is a slug", () => {
  for (const text of ["abcdefg", "abcdefghi", "abcdefg1", "ABCDEFGH", "abcdefg0", "abcdefg\n", ""])
    expect(isSlug(text)).toBe(false);
  expect(isSlug("abcdefg2")).toBe(true);
});

test("a UUIDv7 carries its time, version and variant, as in the example of RFC 9562, A.6", () => {
  // 017F22E2-79B0-7CC3-98C4-DC0C0C07398F: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
  const random = Uint8Array.from([0xfc, 0xc3, 0x58, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  const id = uuidv7(0x017f22e279b0, random);
  expect(id).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  expect(isUuid(id)).toBe(true);
  expect(isUuid(id.toUpperCase())).toBe(false);
});

test("ids sort by their time", () => {
  const late = uuidv7(2 ** 41, new Uint8Array(10));
  const early = uuidv7(2 ** 41 - 1, new Uint8Array(10).fill(255));
  expect(early < late).toBe(true);
});

test("a container is called after its session", () => {
  expect(containerName(slugFrom(new Uint8Array(5)))).toBe("mf-session-aaaaaaaa");
});
