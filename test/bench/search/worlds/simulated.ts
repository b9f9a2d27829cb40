import type { Cell } from '../../../../src/domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../../../src/domain/objective.ts';
import type { SearchSpace } from '../../../../src/search/space.ts';
import { Evaluator } from './evaluator.ts';
import { hashText, mix, NumberSet } from './hash.ts';
import { type Plan, planOf } from './plan.ts';
import type { Traits } from './traits.ts';
import type { MeasuringOptions, Paid, Truth, World, WorldRun } from './world.ts';

export interface SimulatedOptions {
  readonly description: string;
  readonly space: SearchSpace;
  readonly traits: Traits;
  /** Tuning questions. With one, the tuning cells are repeats of it, and so are those of the truth. */
  readonly questions: number;
}

/** Cells of a task of one question that make the highest level of fidelity. */
const repeatsOfOneQuestion = 64;
/** Fresh repeats of each cell that re-evaluation may use. */
const repeatsForReevaluation = 4;
/**
 * The truth is the mean over this many questions (or repeats) that no search sees: by definition, so that
 * it is exact, and the same for all configs. The standard error against ever more questions is about 0.009.
 */
export const truthCells = 2000;

export class SimulatedWorld implements World {
  readonly name: string;
  readonly description: string;
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
  readonly #traits: Traits;
  readonly #questions: number;
  readonly #truths = new Map<ConfigId, Truth>();
  readonly #judge: Evaluator;

  constructor(options: SimulatedOptions) {
    this.name = options.space.name;
    this.description = options.description;
    this.space = options.space;
    this.#traits = options.traits;
    this.#questions = options.questions;
    this.#judge = new Evaluator(options.traits, this.#population('truth'), hashText('truth'), undefined);
  }

  start(seed: number, options: MeasuringOptions = {}): WorldRun {
    return new SimulatedRun(this.#traits, this.#population(`tuning/${seed}`), this.#questions, seed, options);
  }

  truth(config: MoaConfig, id: ConfigId): Truth {
    const known = this.#truths.get(id);
    if (known !== undefined) return known;
    const truth = this.estimate(config, truthCells);
    this.#truths.set(id, truth);
    return truth;
  }

  /** Mean over the first cells of the truth's: cheaper and less exact, for looking for good configs. */
  estimate(config: MoaConfig, cells: number): Truth {
    const plan = planOf(config, this.#traits);
    const one = this.#questions === 1;
    let score = 0;
    let latency = 0;
    let tokens = 0;
    for (let cell = 0; cell < cells; cell++) {
      this.#judge.run(plan, one ? 0 : cell, one ? cell : 0);
      score += this.#judge.score;
      latency += this.#judge.latency;
      tokens += this.#judge.tokens;
    }
    return { score: score / cells, latency: latency / cells, tokens: tokens / cells };
  }

  #population(name: string): number {
    const questions = this.#questions === 1 ? 'the one question' : name;
    return hashText(`${this.#traits.seed}/${questions}`);
  }
}

class SimulatedRun implements WorldRun {
  readonly cells: readonly Cell[];
  readonly searchCells: number;
  readonly #traits: Traits;
  readonly #options: MeasuringOptions;
  readonly #evaluator: Evaluator;
  readonly #plans = new Map<ConfigId, Plan>();

  constructor(
    traits: Traits,
    population: number,
    questions: number,
    seed: number,
    options: MeasuringOptions,
  ) {
    this.#traits = traits;
    this.#options = options;
    const paid = options.sharing === false ? undefined : new NumberSet();
    this.#evaluator = new Evaluator(traits, population, mix(hashText(traits.seed), seed), paid);
    this.searchCells = questions === 1 ? repeatsOfOneQuestion : questions;
    const repeats = questions === 1 ? repeatsOfOneQuestion * repeatsForReevaluation : repeatsForReevaluation;
    this.cells = Array.from({ length: repeats }, (_, repeat) =>
      Array.from(
        { length: questions },
        (_, question): Cell => ({ split: 'tuning', instance: `${question}`, repeat }),
      ),
    ).flat();
  }

  measure(config: MoaConfig, cell: Cell, id: ConfigId): Paid {
    let plan = this.#plans.get(id);
    if (plan === undefined) {
      plan = planOf(config, this.#traits);
      this.#plans.set(id, plan);
    }
    const salt = this.#options.commonNumbers === false ? hashText(id) : 0;
    const evaluator = this.#evaluator;
    evaluator.run(plan, Number(cell.instance), cell.repeat, salt);
    const { score, latency, tokens, paidTokens } = evaluator;
    return { measurement: { score, latency, tokens, usd: null }, paidTokens };
  }
}
