import { expect, test } from "bun:test";

import { tokensIn } from "./cookies.ts";

const NAME = "__Host-medforge_app";
const a = "a".repeat(43);
const b = "b".repeat(43);

test("tokens are found wherever they stand, each once, in order", () => {
  const table: [string | null, string[]][] = [
    [null, []],
    ["", []],
    ["theme=dark", []],
    [`${NAME}=${a}`, [a]],
    [`theme=dark; ${NAME}=${a}; other=1`, [a]],
    [`theme=dark;${NAME}=${a};other=1`, [a]],
    [`;;; ;  ${NAME}=${a} ;`, [a]],
    [`${NAME}=${b}; ${NAME}=${a}; ${NAME}=${b}`, [b, a]],
  ];
  for (const [cookies, tokens] of table)
    expect([cookies, tokensIn(cookies, NAME)]).toEqual([cookies, tokens]);
});

test("what only looks like one is none", () => {
  for (const cookies of [
    `x${NAME}=${a}`,
    `x ${NAME}=${a}`,
    `x=${NAME}=${a}`,
    `${NAME}x=${a}`,
    `${NAME}`,
    `${NAME}=`,
    `${NAME}=${a}a`,
    `${NAME}=${a.slice(1)}`,
    `${NAME}="${a}"`,
    `${NAME}=${a.slice(2)}%41`,
    `${NAME.toLowerCase()}=${a}`,
  ]) {
    expect([cookies, tokensIn(cookies, NAME)]).toEqual([cookies, []]);
  }
});

test("a flood costs a few look-ups at most", () => {
  const flood = Array.from({ length: 500 }, (_, i) => `${NAME}=${String(i).padStart(43, "x")}`).join("; ");
  expect(tokensIn(flood, NAME).length).toBe(4);
});
