import { createRng } from '../../src/core/rng.ts';
import { type Direction, ParetoFront } from '../../src/pareto/index.ts';
import { against, type Bench, type Measured, median, timeRounds } from './harness.ts';
import { cubePoints, spherePoints } from './points.ts';

const inserts = 100_000;
const directions: readonly Direction[] = ['max', 'min', 'min'];

/** 100,000 three-objective inserts, of random points and of points that all stay on the front. */
export const benches: readonly Bench[] = [
  { name: 'front-random', run: async () => measure((round) => cubePoints(stream(round), inserts, 3), 1000) },
  {
    name: 'front-all-members',
    // A maximised first objective turns the sphere inside out unless it is mirrored.
    run: async () =>
      measure(
        (round) => spherePoints(stream(round), inserts, 3).map(([x = 0, y = 0, z = 0]) => [-x, y, z]),
        3000,
      ),
  },
];

function stream(round: number) {
  return createRng('bench/front').derive(round);
}

function measure(pointsOf: (round: number) => number[][], limitMs: number): Measured {
  let size = 0;
  const times = timeRounds(
    (round) => pointsOf(round).map((vector, index) => ({ id: String(index), vector })),
    (points) => {
      const front = new ParetoFront(directions);
      for (const { id, vector } of points) front.insert(id, vector);
      size = front.size;
    },
    { rounds: 3 },
  );
  return against(
    median(times),
    'ms',
    { kind: 'limit', name: 'limit', value: limitMs },
    { atMost: 1 },
    `${inserts} inserts, ${size} members`,
  );
}
