import { expect, test } from "bun:test";

import { MedforgeError } from "@medforge/core/errors";

import { cursorFrom, keyFrom, PATHS } from "./cursor.ts";

const KEY = "01890a5d-ac96-774b-bcce-b302099a8057";

test("a cursor says where its own list goes on", () => {
  expect(keyFrom("users", cursorFrom("users", KEY))).toBe(KEY);
  expect(keyFrom("snapshots", cursorFrom("snapshots", "stop-1760000000000"))).toBe("stop-1760000000000");
});

test("a list may have keys of its own kind, whatever is in them", () => {
  for (const key of ["images/a: 1.png", "é 😀", "x".repeat(500)]) {
    expect(keyFrom(PATHS, cursorFrom(PATHS, key))).toBe(key);
  }
  expect(() => keyFrom(PATHS, cursorFrom(PATHS, "a\u0000b"))).toThrow("not one of this list");
  expect(() => keyFrom(PATHS, cursorFrom("files-of-others", "a"))).toThrow("not one of this list");
});

test("what is no cursor of this list is a malformed request", () => {
  const wrong = [
    "",
    "x",
    "!!!",
    KEY,
    cursorFrom("sessions", KEY),
    cursorFrom("users", ""),
    cursorFrom("users", "' or 1=1 --"),
    cursorFrom("users", "a:b"),
    Buffer.from([0xff, 0xfe, 0x00]).toString("base64url"),
    "A".repeat(200),
  ];
  for (const cursor of wrong) {
    let code = "none";
    try {
      keyFrom("users", cursor);
    } catch (error) {
      code = error instanceof MedforgeError ? error.code : "other";
    }
    expect(`${cursor}: ${code}`).toBe(`${cursor}: malformed_request`);
  }
});
