/** 10⁰ to 10²², the powers of ten that a double holds exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const exactMax = 2 ** 53;
const zero = 48;
/** Digits that a 32-bit integer holds whatever they are. */
const partDigits = 9;
/** 2²⁷ + 1, which splits a double into two halves of 26 bits (Veltkamp). */
const splitter = 134_217_729;
/** Far more than what the steps below may be wrong by, which is less than 2⁻⁴⁸ of the second part. */
const doubt = 2 ** -40;

/** whole · 10^exponent, correctly rounded, for whole numbers up to 2⁵³ and exponents of −22 to 22; NaN beyond. */
export function shortDecimal(whole: number, exponent: number): number {
  // Both factors are exact, so there is one rounding (Clinger, PLDI 1990).
  if (exponent <= 0 && exponent >= -22) return whole / (powersOfTen[-exponent] as number);
  return exponent > 0 && exponent <= 22 ? whole * (powersOfTen[exponent] as number) : Number.NaN;
}

/**
 * The digits from `start` to `end` (a decimal point among them is passed over) · 10^exponent, correctly rounded, or NaN
 * where it cannot tell: more than 18 digits, a large exponent, or a value next to the middle between two doubles.
 *
 * What does not fit into 2⁵³ is multiplied and divided as an unevaluated sum of two doubles (Dekker, Numerische
 * Mathematik 18 (1971) 224–242). Such a sum has twice the bits, and it shows when rounding it could go either way.
 */
export function longDecimal(bytes: Uint8Array, start: number, end: number, exponent: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) <= zero) at++;
  let high = 0;
  let highDigits = 0;
  for (; at < end && highDigits < partDigits; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0) continue;
    high = (Math.imul(high, 10) + digit) | 0;
    highDigits++;
  }
  let low = 0;
  let lowDigits = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0) continue;
    low = (Math.imul(low, 10) + digit) | 0;
    lowDigits++;
  }
  if (lowDigits === 0) return shortDecimal(high, exponent);
  if (lowDigits > partDigits) return Number.NaN;
  const scale = powersOfTen[lowDigits] as number;
  const product = high * scale;
  const sum = product + low;
  if (sum < exactMax) return shortDecimal(sum, exponent);
  if (exponent > 0 || exponent < -22) return Number.NaN;
  const power = powersOfTen[-exponent] as number;
  const rest = low - (sum - product) + productError(high, scale, product);
  const quotient = sum / power;
  const back = quotient * power;
  const correction = (sum - back - productError(quotient, power, back) + rest) / power;
  const value = quotient + correction;
  const isSure =
    value === quotient + correction * (1 - doubt) && value === quotient + correction * (1 + doubt);
  return isSure ? value : Number.NaN;
}

/** a · b minus its rounded product, exactly. */
function productError(a: number, b: number, product: number): number {
  const bigA = splitter * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = splitter * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
}
