import { expect, test } from "bun:test";

import { nameInPath, nextAddress } from "./address.ts";

const HERE = "https://external.medforge.test";
const nextOf = (wanted: string) => nextAddress(`?next=${encodeURIComponent(wanted)}`, HERE);

test("after the login one is where one wanted to be", () => {
  expect(nextOf("/sessions/abcdefgh/?a=1#log")).toBe(`${HERE}/sessions/abcdefgh/?a=1#log`);
  expect(nextAddress("", HERE)).toBe(`${HERE}/dashboard/`);
});

test("after the login nobody is on another host", () => {
  const traps = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    "/.//evil.example/",
    "/x/..//evil.example/",
    "/%2e//evil.example/",
    "javascript:alert(1)",
    "evil.example",
  ];
  // As a browser does it with what `location.assign` is given.
  for (const trap of traps) {
    expect(`${trap} → ${new URL(nextOf(trap), HERE).origin}`).toBe(`${trap} → ${HERE}`);
  }
});

test("a name in the address is taken, and nothing that would make another path of it", () => {
  expect(nameInPath("/competitions/titanic-survival/submit/")).toBe("titanic-survival");
  expect(nameInPath("/workspaces/0198c5a2-7d0e-7b3a-9c4e-0123456789ab/")).toBe(
    "0198c5a2-7d0e-7b3a-9c4e-0123456789ab",
  );
  for (const name of ["..%2f..%2fadmin", "..", "%2e%2e", "a%2Fb", "a%3Fb", "%E0%A4%A", "%", ""]) {
    expect(nameInPath(`/competitions/${name}/`)).toBe("_");
  }
});
