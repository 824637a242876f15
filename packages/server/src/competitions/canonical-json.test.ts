import { expect, test } from "bun:test";

import { canonicalJson } from "./canonical-json.ts";

test("the example of RFC 8785, section 3.2.3, comes out as it is printed there", () => {
  const value = {
    // Printed there as 333333333.33333329, which is the same float64.
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\u002f",
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("keys are sorted at every depth, what is undefined is left out, and NaN is refused", () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined, A: -0 })).toBe('{"A":0,"b":[{"c":2,"d":1}]}');
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(RangeError);
});
