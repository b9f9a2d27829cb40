import type { Rng } from '../../../../src/core/rng.ts';
import { contributionsOf, sortIntoFronts } from './ranking.ts';
import type { Variation } from './variation.ts';

export interface EvolutionOptions<Candidate> {
  readonly variation: Variation<Candidate>;
  /** Candidates kept to breed from, at most. At least 2; default 100. */
  readonly population?: number;
  /**
   * Candidates kept at first, and told for each further one that is kept: a small population gets near the
   * front sooner, a large one covers it. Default 20 and 100.
   */
  readonly firstPopulation?: number;
  readonly growEvery?: number;
  /** Share of children that have two parents. Default 0.9. */
  readonly crossoverShare?: number;
  /** Proposed before anything is drawn at random. */
  readonly start?: readonly Candidate[];
}

interface Member<Candidate> {
  readonly candidate: Candidate;
  /** All minimised. */
  readonly objectives: readonly number[];
}

/** Number of the front, 0 being the best, and what the member adds to its hypervolume. */
interface Fitness {
  readonly front: number;
  readonly contribution: number;
}

const triesForChild = 30;

/**
 * Steady-state evolution over several objectives and any kind of candidate: a child at a time is bred from the
 * population and takes its place there when it is told, in any order and with any number under way; then the
 * member goes that adds least, which is the smallest contributor of hypervolume on the worst front (SMS-EMOA:
 * Beume, Naujoks & Emmerich 2007). Parents win a tournament of two by front, then by contribution.
 */
export class EvolutionSearch<Candidate> {
  readonly #variation: Variation<Candidate>;
  readonly #largest: number;
  readonly #smallest: number;
  readonly #growEvery: number;
  #told = 0;
  readonly #crossoverShare: number;
  readonly #start: Candidate[];
  readonly #proposed = new Set<string>();
  #members: Member<Candidate>[] = [];
  /** Front's number and contribution of each member; made when somebody looks. */
  #fitness: Fitness[] | undefined;

  constructor(options: EvolutionOptions<Candidate>) {
    const { variation, population = 100, crossoverShare = 0.9, start = [] } = options;
    const { firstPopulation = 20, growEvery = 100 } = options;
    if (!(Number.isInteger(population) && population >= 2)) {
      throw new RangeError(`evolution: expected a population of at least 2, found ${population}`);
    }
    if (!(crossoverShare >= 0 && crossoverShare <= 1)) {
      throw new RangeError(`evolution: expected crossoverShare in 0..1, found ${crossoverShare}`);
    }
    this.#variation = variation;
    this.#largest = population;
    this.#smallest = Math.min(population, firstPopulation);
    this.#growEvery = growEvery;
    this.#crossoverShare = crossoverShare;
    this.#start = [...start];
  }

  /** A candidate that was not proposed before; `undefined` when none was found in many tries. */
  ask(rng: Rng): Candidate | undefined {
    for (let attempt = 0; attempt < triesForChild; attempt++) {
      // Where children are all known, as in a small space, there may still be others.
      const isLate = attempt >= triesForChild / 2;
      const candidate = this.#start.shift() ?? (isLate ? this.#variation.random(rng) : this.#draw(rng));
      if (candidate === undefined) continue;
      const id = this.#variation.id(candidate);
      if (this.#proposed.has(id)) continue;
      this.#proposed.add(id);
      return candidate;
    }
    return undefined;
  }

  /**
   * @param objectives all minimised; a candidate with a value that is not finite is not bred from
   */
  tell(candidate: Candidate, objectives: readonly number[]): void {
    this.#proposed.add(this.#variation.id(candidate));
    if (!objectives.every(Number.isFinite)) return;
    this.#members.push({ candidate, objectives });
    this.#told++;
    this.#fitness = undefined;
    const size = Math.max(this.#smallest, Math.min(this.#largest, Math.floor(this.#told / this.#growEvery)));
    if (this.#members.length > size) this.#dropWorst();
  }

  #draw(rng: Rng): Candidate | undefined {
    if (this.#proposed.size < this.#smallest || this.#members.length < 2) return this.#variation.random(rng);
    const first = this.#parent(rng);
    if (rng.next() >= this.#crossoverShare) return this.#variation.mutate(first, rng);
    return this.#variation.cross(first, this.#parent(rng), rng);
  }

  #parent(rng: Rng): Candidate {
    const fitness = this.#ranked();
    const [first, second] = [rng.integer(this.#members.length), rng.integer(this.#members.length)];
    const isFirst = isFitter(fitness[first] as Fitness, fitness[second] as Fitness);
    return (this.#members[isFirst ? first : second] as Member<Candidate>).candidate;
  }

  #ranked(): Fitness[] {
    this.#fitness ??= fitnessOf(this.#members);
    return this.#fitness;
  }

  /**
   * Takes out the smallest contributor of the last front, the newest of equals. What the others were worth
   * with it stands until the next is told: exact but for its neighbours' contributions.
   */
  #dropWorst(): void {
    const fitness = this.#ranked();
    let worst = 0;
    for (const [index, one] of fitness.entries()) {
      if (!isFitter(fitness[worst] as Fitness, one)) continue;
      worst = index;
    }
    this.#members.splice(worst, 1);
    fitness.splice(worst, 1);
  }
}

const isFitter = (one: Fitness, other: Fitness): boolean =>
  one.front < other.front || (one.front === other.front && one.contribution >= other.contribution);

function fitnessOf(members: readonly { readonly objectives: readonly number[] }[]): Fitness[] {
  const points = members.map((member) => member.objectives);
  const fitness: Fitness[] = points.map(() => ({ front: 0, contribution: 0 }));
  for (const [front, indices] of sortIntoFronts(points).entries()) {
    const contributions = contributionsOf(indices.map((index) => points[index] as readonly number[]));
    for (const [place, index] of indices.entries()) {
      fitness[index] = { front, contribution: contributions[place] as number };
    }
  }
  return fitness;
}
