import type { Rng } from '../../src/core/rng.ts';

/** Points uniform in the unit cube: few of many are on the front. */
export function cubePoints(rng: Rng, count: number, dimensions: number): number[][] {
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => rng.next()));
}

/** Points on the unit sphere's positive part: none dominates another, so all are on the front. */
export function spherePoints(rng: Rng, count: number, dimensions: number): number[][] {
  return Array.from({ length: count }, () => {
    const raw = Array.from({ length: dimensions }, () => Math.abs(rng.normal()) + 1e-12);
    const length = Math.hypot(...raw);
    return raw.map((value) => 1 - value / length);
  });
}
