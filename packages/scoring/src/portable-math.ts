/**
 * `log` and `exp` with the same bits in every engine, which `Math.log` and `Math.exp` do not promise. Only IEEE
 * additions, multiplications and divisions in a fixed order; error below 1 ulp.
 *
 * The reductions and coefficients are those of FreeBSD's msun (e_log.c, e_exp.c):
 * Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and
 * distribute this software is freely granted, provided that this notice is preserved.
 */

/** ln 2 in two parts; the first has 33 trailing zero bits, so that its product with an exponent is exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

const bits = new DataView(new ArrayBuffer(8));

/** 2ᵏ for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** Natural logarithm. log(0) = −Infinity, of a negative number NaN. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  const subnormal = x < 2.2250738585072014e-308;
  bits.setFloat64(0, subnormal ? x * 18014398509481984 : x);
  const top = bits.getUint32(0);
  let k = (top >>> 20) - 1023 - (subnormal ? 54 : 0);
  const fraction = top & 0xfffff;
  // the mantissa goes to √2/2 < 1 + f < √2
  const above = (fraction + 0x95f64) & 0x100000;
  bits.setUint32(0, fraction | (above ^ 0x3ff00000));
  k += above >>> 20;
  const f = bits.getFloat64(0) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const series = even + odd;
  const half = 0.5 * f * f;
  if (k === 0) return f - (half - s * (half + series));
  return k * ln2High - (half - (s * (half + series) + k * ln2Low) - f);
}

/** e to the power x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019411) return 0;
  if (Math.abs(x) < 3.725290298461914e-9) return 1 + x;
  // x = k ln 2 + r with |r| ≤ ln 2 / 2, r in two parts
  const k = Math.abs(x) > 0.34657359027997264 ? Math.trunc(x * Math.LOG2E + (x < 0 ? -0.5 : 0.5)) : 0;
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k > 1023) return y * 2 * powerOfTwo(k - 1);
  if (k >= -1022) return y * powerOfTwo(k);
  return y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

/** log(1 + x) without losing small x. Source: Higham, Accuracy and Stability, problem 1.5. */
export function log1p(x: number): number {
  const u = 1 + x;
  return u === 1 || u === Infinity ? x : (log(u) * x) / (u - 1);
}
