import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { longDecimal } from "./long-decimal.ts";
import { parseNumber } from "./number.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => parseNumber(bytes(text), 0, bytes(text).length);

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(""));

describe("decimals of many digits", () => {
  test("any of the grammar's texts is the double that the language's own reading gives", () => {
    const text = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.oneof(
          fc.constant("0"),
          fc.tuple(fc.integer({ min: 1, max: 9 }), digits(0, 24)).map((all) => all.join("")),
        ),
        fc.oneof(
          fc.constant(""),
          digits(1, 28).map((fraction) => `.${fraction}`),
        ),
        fc.oneof(
          fc.constant(""),
          fc.integer({ min: -330, max: 300 }).map((exponent) => `e${exponent}`),
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (own) => {
        const expected = Number(own);
        expect(Object.is(read(own), Number.isFinite(expected) ? expected : Number.NaN)).toBe(true);
      }),
      { numRuns: 30_000, seed: 20 },
    );
  });

  test("the shortest text of any double gives it back, and so do texts of 17 digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(String(value))).toBe(value === 0 ? 0 : value);
        expect(read(value.toExponential(16))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 20_000, seed: 21 },
    );
  });

  test("next to the middle between two doubles it never answers wrongly, and exactly there it does not answer", () => {
    const asked = (text: string) =>
      longDecimal(bytes(text), 0, text.length, text.includes(".") ? 1 + text.indexOf(".") - text.length : 0);
    for (let at = 0; at < 2000; at++) {
      // Whole numbers between 2⁵³ and 2⁵⁴: the odd ones are middles.
      const middle = (2n ** 53n + 2n * BigInt(at * 7919) + 1n).toString();
      expect(asked(middle)).toBeNaN();
      for (const text of [`${middle}.0001`, `${BigInt(middle) - 1n}.9999`]) {
        const value = asked(text);
        expect(Number.isNaN(value) || value === Number(text)).toBe(true);
        expect(read(text)).toBe(Number(text));
      }
      expect(read(middle)).toBe(Number(middle));
    }
  });

  test("it answers nearly always, so that nobody slower is asked", () => {
    let asked = 0;
    let answered = 0;
    for (let at = 1; at < 5000; at++) {
      const text = String(Math.abs(Math.sin(at)));
      if (text.length < 19 || text.includes("e")) continue;
      asked++;
      if (!Number.isNaN(longDecimal(bytes(text), 0, text.length, 2 - text.length))) answered++;
    }
    expect(asked).toBeGreaterThan(1000);
    expect(answered / asked).toBeGreaterThan(0.99);
  });
});
