import { expect, test } from "bun:test";

import { exp, log } from "./portable-math.ts";
import { seededRandom } from "./statistics/random.ts";

/** Reference arithmetic: whole numbers of 2⁻²⁵⁶, truncation errors far below 2⁻²⁰⁰. */
const one = 1n << 256n;

/** ln(a/b) = 2 artanh((a−b)/(a+b)), the series summed until it vanishes. */
function lnRatio(a: bigint, b: bigint): bigint {
  const t = ((a - b) * one) / (a + b);
  const tt = (t * t) / one;
  let power = t;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = (power * tt) / one;
  }
  return 2n * sum;
}

const ln2 = lnRatio(2n, 1n);

/** x = mantissa · 2^exponent, exactly. */
function parts(x: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const raw = view.getBigUint64(0);
  const field = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & ((1n << 52n) - 1n);
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: raw >> 63n ? -mantissa : mantissa, exponent: Math.max(field, 1) - 1075 };
}

function fixed(x: number): bigint {
  const { mantissa, exponent } = parts(x);
  const shift = exponent + 256;
  return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
}

function lnExact(x: number): bigint {
  const { mantissa, exponent } = parts(x);
  const length = mantissa.toString(2).length;
  return lnRatio(mantissa, 1n << BigInt(length - 1)) + ln2 * BigInt(exponent + length - 1);
}

/** eˣ = 2ᵏ · y: y in fixed point, 1 ≤ y < 2. */
function expExact(x: number): { k: number; y: bigint } {
  const value = fixed(x);
  let k = value / ln2;
  let r = value - k * ln2;
  if (r < 0n) {
    r += ln2;
    k -= 1n;
  }
  let term = one;
  let y = 0n;
  for (let i = 1n; term !== 0n; i++) {
    y += term;
    term = (term * r) / (one * i);
  }
  return { k: Number(k), y };
}

/** Distance in units of the last place of the reference. */
function ulps(got: number, reference: bigint): number {
  const length = (reference < 0n ? -reference : reference).toString(2).length;
  const difference = fixed(got) - reference;
  return Number(((difference < 0n ? -difference : difference) << 20n) >> BigInt(length - 53)) / 2 ** 20;
}

test("log is within one ulp of a 256-bit reference: everywhere, near 1, and below the normal range", () => {
  const random = seededRandom("log");
  let worst = 0;
  for (let i = 0; i < 2000; i++) {
    const u = random.unit();
    const x = [
      u,
      1 + (u - 0.5) * 1e-3,
      1 + (u - 0.5),
      u * 2 ** (random.below(2000) - 1000),
      u * 2 ** -1040,
      Math.SQRT2 * (1 + (u - 0.5) * 1e-9),
    ][i % 6] as number;
    if (x === 0 || x === 1) continue;
    worst = Math.max(worst, ulps(log(x), lnExact(x)));
  }
  expect(worst).toBeLessThan(1);
  expect(worst).toBeGreaterThan(0.4);
});

test("exp is within one ulp of a 256-bit reference, as far as results are normal numbers", () => {
  const random = seededRandom("exp");
  let worst = 0;
  for (let i = 0; i < 2000; i++) {
    const u = random.unit() - 0.5;
    const x = [u, u * 1e-5, u * 80, u * 1416, Math.LN2 * (random.below(64) - 32.5 + u * 1e-10)][
      i % 5
    ] as number;
    const { k, y } = expExact(x);
    // got · 2⁻ᵏ is exact, and comparable with y
    const got = exp(x) / 2 ** Math.trunc(k / 2) / 2 ** (k - Math.trunc(k / 2));
    worst = Math.max(worst, ulps(got, y));
  }
  expect(worst).toBeLessThan(1);
  expect(worst).toBeGreaterThan(0.4);
});

test("the ends of log and exp", () => {
  expect(log(0)).toBe(-Infinity);
  expect(log(-0)).toBe(-Infinity);
  expect(log(-1)).toBeNaN();
  expect(log(Number.NaN)).toBeNaN();
  expect(log(Infinity)).toBe(Infinity);
  expect(log(1)).toBe(0);
  expect(log(Number.MIN_VALUE)).toBe(-744.4400719213812); // this and the others: CPython's decimal, 60 digits
  expect(log(Number.MAX_VALUE)).toBe(709.782712893384);
  expect(exp(0)).toBe(1);
  expect(exp(-0)).toBe(1);
  expect(Math.abs(exp(1) - Math.E)).toBeLessThanOrEqual(2 ** -51);
  expect(Math.abs(exp(709.782712893384) - 1.7976931348622732e308)).toBeLessThanOrEqual(2 ** 971);
  expect(exp(709.7827128933841)).toBe(Infinity);
  expect(exp(-745.1332191019411)).toBe(Number.MIN_VALUE);
  expect(exp(-745.1332191019412)).toBe(0);
  expect(exp(-740)).toBe(4.2e-322);
  expect(exp(Infinity)).toBe(Infinity);
  expect(exp(-Infinity)).toBe(0);
  expect(exp(Number.NaN)).toBeNaN();
});
