import { createRng } from '../../src/core/rng.ts';
import { hypervolume } from '../../src/pareto/index.ts';
import { inclusionExclusion } from '../pareto/oracles.ts';
import { against, type Bench, median, timeRounds } from './harness.ts';
import { spherePoints } from './points.ts';

const limitMs = 50;
const tolerance = 1e-9;
const reference = [1, 1, 1];

/** Exact hypervolume of 1,000 mutually non-dominated points in three dimensions. */
export const bench: Bench = {
  name: 'hypervolume-3d',
  run: async () => {
    const rng = createRng('bench/hypervolume');
    const worst = worstError(100);
    const times = timeRounds(
      (round) => spherePoints(rng.derive(round), 1000, 3),
      (points) => void hypervolume(points, reference),
      { rounds: 25, warmUp: 5 },
    );
    return against(
      median(times),
      'ms',
      { kind: 'limit', name: 'limit', value: limitMs },
      { atMost: 1 },
      `1000 points; off by at most ${worst.toExponential(1)} from inclusion–exclusion on 100 sets of 10`,
    );
  },
};

/** Largest error against inclusion–exclusion; throws when it is more than allowed. */
function worstError(sets: number): number {
  const rng = createRng('bench/hypervolume/check');
  let worst = 0;
  for (let set = 0; set < sets; set++) {
    const points = spherePoints(rng.derive(set), 10, 3);
    const error = Math.abs(hypervolume(points, reference) - inclusionExclusion(points, reference));
    worst = Math.max(worst, error);
  }
  if (!(worst <= tolerance))
    throw new Error(`hypervolume: expected an error <= ${tolerance}, found ${worst}`);
  return worst;
}
