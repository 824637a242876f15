import { expect, test } from "bun:test";

import { HANDLE_PATTERN, handleOf, isReservedHandle } from "./handles.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

test("a handle is lower-case letters, digits and single hyphens, 3 to 32 of them, the first a letter", () => {
  const fits = (text: string) => new RegExp(HANDLE_PATTERN).test(text);
  for (const good of ["ada", "ada-lovelace", "a1-b2-c3", "x".repeat(32)])
    expect([good, fits(good)]).toEqual([good, true]);
  const bad = [
    "",
    "ab",
    "x".repeat(33),
    "Ada",
    "1ada",
    "-ada",
    "ada-",
    "ada--b",
    "ad_a",
    "a.b",
    "adä",
    "ada\n",
    "_",
  ];
  for (const text of bad) expect([text, fits(text)]).toEqual([text, false]);
});

test("who chose none has one that says nothing of them, and nobody else may choose it", () => {
  expect(handleOf({ id: ID, chosenHandle: "ada" })).toBe("ada");
  const given = handleOf({ id: ID, chosenHandle: null });
  expect(given).toBe("member-b302099a8057");
  expect(new RegExp(HANDLE_PATTERN).test(given)).toBe(true);
  expect([given, "admin", "medforge-team", "ada"].map(isReservedHandle)).toEqual([true, true, true, false]);
});
