import { exp } from "../portable-math.ts";

const sqrtTwoPi = 2.5066282746310002;

/**
 * P(Z > z) of the standard normal distribution, relative error below 1e-13 down to the smallest numbers. Below 3 by
 * Marsaglia's series, above by Laplace's continued fraction. Source: Marsaglia, J. Stat. Softw. 11 (2004) 4.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = exp((-z * z) / 2) / sqrtTwoPi;
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let i = 3; term > sum * 2 ** -60; i += 2) {
      term *= (z * z) / i;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let i = 120; i >= 1; i--) fraction = z + i / fraction;
  return density / fraction;
}
