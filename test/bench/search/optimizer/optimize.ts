import { createRng } from '../../../../src/core/rng.ts';
import { type Direction, ParetoFront } from '../../../../src/pareto/index.ts';
import { EvolutionSearch } from './evolution-search.ts';
import type { Variation } from './variation.ts';

export interface OptimizeOptions<Candidate> {
  /** How candidates are drawn, changed and crossed: `realVectors({ lower, upper })`, or your own. */
  readonly variation: Variation<Candidate>;
  /** Which way each objective is better. */
  readonly objectives: readonly Direction[];
  /** The candidate's objectives, as many as named; `null` where one is unknown. May throw: the search ends. */
  evaluate(candidate: Candidate): readonly (number | null)[] | Promise<readonly (number | null)[]>;
  /** Evaluations in all. */
  readonly budget: number;
  readonly seed: number | string;
  /** Evaluations under way at once; with more than one the result depends on their order. Default 1. */
  readonly concurrency?: number;
  /** Candidates kept to breed from, at most; there are fewer at first. Default 100. */
  readonly population?: number;
  /** Evaluated first. */
  readonly start?: readonly Candidate[];
}

interface Evaluated<Candidate> {
  readonly candidate: Candidate;
  readonly objectives: readonly (number | null)[];
}

export interface OptimizeResult<Candidate> {
  /** The non-dominated candidates among all that were evaluated, best first objective first. */
  readonly front: readonly Evaluated<Candidate>[];
  /** All of them, in the order in which they came in. */
  readonly evaluated: readonly Evaluated<Candidate>[];
}

/**
 * Searches for the Pareto front of an objective function of your own by evolution. Ends at the budget, or
 * when no new candidate is found. Throws a `RangeError` for options that make no sense.
 *
 * @example
 * const { front } = await optimize({
 *   variation: realVectors({ lower: [0, 0], upper: [1, 1] }),
 *   objectives: ['min', 'max'],
 *   evaluate: ([x = 0, y = 0]) => [x ** 2 + y, x],
 *   budget: 500,
 *   seed: 1,
 * });
 */
export async function optimize<Candidate>(
  options: OptimizeOptions<Candidate>,
): Promise<OptimizeResult<Candidate>> {
  const { variation, objectives, budget, concurrency = 1, start = [] } = options;
  requireWhole('budget', budget);
  requireWhole('concurrency', concurrency);
  const { population = 100 } = options;
  const search = new EvolutionSearch({ variation, population, start });
  const front = new ParetoFront(objectives);
  const evaluated: Evaluated<Candidate>[] = [];
  const rng = createRng(options.seed);
  let asked = 0;
  const work = async (): Promise<void> => {
    while (asked < budget) {
      const candidate = search.ask(rng.derive('ask', asked));
      if (candidate === undefined) return;
      asked++;
      const values = await options.evaluate(candidate);
      if (values.length !== objectives.length) {
        throw new RangeError(
          `optimize: expected ${objectives.length} objectives from evaluate, found ${values.length}`,
        );
      }
      search.tell(candidate, minimisedOf(values, objectives));
      front.insert(String(evaluated.length), values);
      evaluated.push({ candidate, objectives: values });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, budget) }, work));
  return {
    front: front.members().map(({ id }) => evaluated[Number(id)] as Evaluated<Candidate>),
    evaluated,
  };
}

function minimisedOf(values: readonly (number | null)[], directions: readonly Direction[]): number[] {
  return values.map((value, axis) =>
    value === null ? Number.POSITIVE_INFINITY : directions[axis] === 'max' ? -value : value,
  );
}

function requireWhole(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`optimize: expected ${name} to be a positive integer, found ${value}`);
  }
}
