import { expect, test } from "bun:test";

import { keyOfStanding, standingOfKey } from "./standing-key.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

test("a cursor brings a standing back to the last bit", () => {
  for (const sortKey of [0, -0.1, 1 / 3, 5e-324, -1.7976931348623157e308]) {
    const standing = { sortKey, submittedAt: Date.UTC(2026, 10, 22), submissionId: ID };
    expect(standingOfKey(keyOfStanding(standing))).toEqual(standing);
  }
});

test("what is no such key is told apart", () => {
  const nan = Buffer.alloc(8);
  nan.writeDoubleBE(Number.NaN);
  for (const key of ["", "a.b.c", ID, `${nan.toString("hex")}.abc.${ID}`, `${"0".repeat(16)}.abc.x`]) {
    expect(standingOfKey(key)).toBeUndefined();
  }
});
