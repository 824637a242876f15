import { expect, test } from "bun:test";

import { isKnown, wantedRange } from "./byte-range.ts";

const ETAG = '"abc"';
const ask = (range: string | undefined, size = 10, ifRange?: string) => {
  const headers = new Headers();
  if (range !== undefined) headers.set("range", range);
  if (ifRange !== undefined) headers.set("if-range", ifRange);
  const wanted = wantedRange(headers, size, ETAG);
  return wanted.is === "part" ? `${wanted.first}-${wanted.last}` : wanted.is;
};

test("one range is understood as RFC 9110 has it, and whatever else is asked gets the whole file", () => {
  expect(
    [
      "bytes=0-0",
      "bytes=2-4",
      "bytes=2-",
      "bytes=9-99",
      "bytes=-3",
      "bytes=-99",
      "bytes=10-",
      "bytes=-0",
      "bytes=4-2",
      "bytes=0-1,4-5",
      "bytes=a-b",
      "bytes=-",
      "bytes=1-2-3",
      "bytes=99999999999999999999-",
      "rows=0-1",
      undefined,
    ].map((range) => ask(range)),
  ).toEqual([
    "0-0",
    "2-4",
    "2-9",
    "9-9",
    "7-9",
    "0-9",
    "none",
    "none",
    ...Array.from({ length: 8 }, () => "all"),
  ]);
});

test("of an empty file there is no part", () => {
  expect([ask("bytes=0-", 0), ask("bytes=-1", 0), ask(undefined, 0)]).toEqual(["none", "none", "all"]);
});

test("a part continues a download only while the file is the same one", () => {
  expect(ask("bytes=2-4", 10, ETAG)).toBe("2-4");
  expect(ask("bytes=2-4", 10, '"other"')).toBe("all");
  // Weak validators prove nothing of single bytes, and a date is not what we hand out.
  expect(ask("bytes=2-4", 10, `W/${ETAG}`)).toBe("all");
  expect(ask("bytes=2-4", 10, "Sat, 29 Oct 1994 19:43:31 GMT")).toBe("all");
});

test("a file that the client has is known by its tag among others", () => {
  const known = (value?: string) =>
    isKnown(new Headers(value === undefined ? {} : { "if-none-match": value }), ETAG);
  expect([known(ETAG), known(`"x", W/${ETAG}`), known("*")]).toEqual([true, true, true]);
  expect([known(), known('"abcd"'), known("abc")]).toEqual([false, false, false]);
});
