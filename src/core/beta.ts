import type { Rng } from './rng.ts';

/** A draw from the Beta distribution. @param a above 0. @param b above 0. */
export function drawBeta(a: number, b: number, rng: Rng): number {
  const first = drawGamma(a, rng);
  const second = drawGamma(b, rng);
  // With tiny shapes both may underflow; then the mean is as good a guess as any.
  return first + second > 0 ? first / (first + second) : a / (a + b);
}

/** A draw from the Gamma distribution of scale 1 (Marsaglia & Tsang 2000). */
export function drawGamma(shape: number, rng: Rng): number {
  if (shape < 1) return drawGamma(shape + 1, rng) * (1 - rng.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - rng.next();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
