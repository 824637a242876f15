import { longDecimal, shortDecimal } from "./long-decimal.ts";

const exactMax = 2 ** 53;
const latin1 = new TextDecoder("latin1");

const minus = 45;
const point = 46;
const zero = 48;

/**
 * A number by our own grammar, straight from the bytes of a field:
 * `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE] [+-]? [0-9]+)?`, ASCII only. So no sign `+`, no blank, no `.5`, `5.`, `01`,
 * `0x10`, `1_0`, `NaN`, `inf`, and nothing that overflows. The exponent is there because every tool writes 1e-05.
 * Returns NaN for everything else; a result is always finite and correctly rounded.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === minus;
  const first = negative ? start + 1 : start;
  let at = first;
  // As a 32-bit integer, which is much faster than in floating point and right for nine digits.
  let whole = 0;
  let digit = at < end ? (bytes[at] as number) - zero : -1;
  while (digit >= 0 && digit <= 9) {
    whole = (Math.imul(whole, 10) + digit) | 0;
    at++;
    digit = at < end ? (bytes[at] as number) - zero : -1;
  }
  let digits = at - first;
  if (digits === 0 || (digits > 1 && bytes[first] === zero)) return Number.NaN;
  let exponent = 0;
  if (at < end && bytes[at] === point) {
    const fraction = ++at;
    digit = at < end ? (bytes[at] as number) - zero : -1;
    while (digit >= 0 && digit <= 9) {
      whole = (Math.imul(whole, 10) + digit) | 0;
      at++;
      digit = at < end ? (bytes[at] as number) - zero : -1;
    }
    exponent = fraction - at;
    if (exponent === 0) return Number.NaN;
    digits -= exponent;
  }
  const last = at;
  if (at < end) {
    const written = parseExponent(bytes, at, end);
    if (Number.isNaN(written)) return Number.NaN;
    exponent += written;
  }
  const size = digits <= 9 ? shortDecimal(whole, exponent) : longDecimal(bytes, first, last, exponent);
  if (!Number.isNaN(size)) return negative ? -size : size;
  const value = Number(latin1.decode(bytes.subarray(start, end)));
  return Number.isFinite(value) ? value : Number.NaN;
}

/** A whole number without sign, point, exponent or leading zero, below 2⁵³; otherwise NaN. */
export function parseWhole(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 16 || (end - start > 1 && bytes[start] === zero)) return Number.NaN;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value < exactMax ? value : Number.NaN;
}

function parseExponent(bytes: Uint8Array, from: number, end: number): number {
  if (((bytes[from] as number) | 32) !== 101) return Number.NaN;
  let at = from + 1;
  const sign = at < end ? bytes[at] : 0;
  if (sign === 43 || sign === minus) at++;
  if (at >= end) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = Math.min(value * 10 + digit, 1e6);
  }
  return sign === minus ? -value : value;
}
