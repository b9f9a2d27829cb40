import type { Rng } from '../core/rng.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { Novelty } from './novelty.ts';
import { crossover, mutations } from './operators/index.ts';
import { ParentPool } from './parent-pool.ts';
import { drawRandom } from './random-strategy.ts';
import type { Proposal, Strategy, StrategyContext, TrialReport } from './strategy.ts';

/** Shares of children that cross two parents (more hurt: search-notes.md) and that have none. */
const crossoverShare = 0.15;
const randomShare = 0.05;
/** After each mutation, the chance of another one, up to three. */
const anotherMutation = 0.4;
const mostMutations = 3;
const triesForChild = 24;

/**
 * Steady-state evolution over several objectives: each ask draws parents from what is known so far and
 * returns one changed child. No generations, so trials may finish in any order and any number at once.
 */
export class EvolutionStrategy implements Strategy {
  readonly name = 'evolution';
  readonly #context: StrategyContext;
  readonly #novelty: Novelty;
  readonly #pool: ParentPool;

  constructor(context: StrategyContext) {
    this.#context = context;
    this.#novelty = new Novelty(context);
    this.#pool = new ParentPool(context.objectives);
  }

  ask(rng: Rng): Proposal | 'exhausted' {
    const proposal = this.#child(rng) ?? drawRandom(this.#context, this.#novelty, rng);
    if (proposal !== 'exhausted') this.#novelty.add(configId(proposal.config));
    return proposal;
  }

  asked(proposal: Proposal): void {
    this.#novelty.add(proposal.id ?? configId(proposal.config));
  }

  tell(report: TrialReport): void {
    this.#novelty.add(report.id);
    if (report.status === 'finished') this.#pool.add(report);
  }

  #child(rng: Rng): Proposal | undefined {
    if (this.#pool.size === 0 || rng.next() < randomShare) return undefined;
    return this.#novelty.draw(triesForChild, () => this.#breed(rng));
  }

  #breed(rng: Rng): Proposal | undefined {
    const first = this.#pool.draw(rng);
    if (first === undefined) return undefined;
    const applied: string[] = [];
    const parents: ConfigId[] = [first.id];
    let config = first.config;
    if (rng.next() < crossoverShare) {
      const second = this.#pool.draw(rng);
      const crossed =
        second === undefined || second.id === first.id
          ? undefined
          : crossover.apply([config, second.config], this.#context.space, rng);
      if (second !== undefined && crossed !== undefined) {
        config = crossed;
        parents.push(second.id);
        applied.push(crossover.name);
      }
    }
    if (applied.length === 0 || rng.next() < anotherMutation) config = this.#mutate(config, applied, rng);
    if (applied.length === 0) return undefined;
    return { config, origin: { operator: applied.join('+'), parents } };
  }

  #mutate(parent: MoaConfig, applied: string[], rng: Rng): MoaConfig {
    let config = parent;
    for (let count = 0; count < mostMutations; count++) {
      if (count > 0 && rng.next() >= anotherMutation) break;
      const operator = mutations[rng.weighted(mutations.map(({ weight }) => weight))];
      const child = operator?.apply([config], this.#context.space, rng);
      if (operator === undefined || child === undefined) continue;
      config = child;
      applied.push(operator.name);
    }
    return config;
  }
}
