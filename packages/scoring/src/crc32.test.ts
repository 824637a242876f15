import { expect, test } from "bun:test";

import { crc32OfRuns, crc32Portable, platformCrc32, runBytes } from "./crc32.ts";

const platform = await platformCrc32();

test("the portable CRC-32 is the platform's, in parts too", () => {
  // Check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
  expect(crc32Portable(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  const bytes = Uint8Array.from({ length: 200 }, (_, at) => (at % 90 < 40 ? 0 : at * 37));
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(3, length);
    expect(crc32Portable(part)).toBe(platform(part));
    const before = crc32Portable(part.subarray(0, 7));
    expect(crc32Portable(part.subarray(7), before)).toBe(platform(part));
  }
});

test("runs of one byte, without the bytes", () => {
  const before = crc32Portable(Uint8Array.of(1, 2, 3));
  for (let byte = 0; byte < 256; byte++) {
    for (const runs of [0, 1, 2, 9]) {
      const all = new Uint8Array(3 + runs * runBytes).fill(byte, 3);
      all.set([1, 2, 3]);
      expect(crc32OfRuns(byte, runs, before)).toBe(platform(all));
    }
  }
});
