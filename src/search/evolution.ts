import type { Rng } from '../core/rng.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import { crossConfigs, mutateConfig } from './change-config.ts';
import { ParentPool } from './parent-pool.ts';
import { BreedingStrategy } from './random-strategy.ts';
import { levelledSchedule } from './scheduling/levelled-scheduler.ts';
import type { Proposal, StrategyContext, TrialReport } from './strategy.ts';
import type { StrategyRecord } from './strategy-record.ts';

/** Shares of children that cross two parents (more hurt) and that have none. */
const crossoverShare = 0.15;
const randomShare = 0.05;
const triesForChild = 24;

/**
 * Steady-state evolution over several objectives: each ask draws parents from what is known so far and
 * returns one changed child. No generations, so trials may finish in any order and any number at once.
 */
export class EvolutionStrategy extends BreedingStrategy {
  readonly name = 'evolution';
  readonly #pool: ParentPool;

  constructor(context: StrategyContext) {
    super(context);
    this.#pool = new ParentPool(context.objectives, context.bounds);
  }

  override tell(report: TrialReport): void {
    super.tell(report);
    if (report.status === 'finished') this.#pool.add(report);
  }

  protected override child(rng: Rng): Proposal | undefined {
    if (this.#pool.size === 0 || rng.next() < randomShare) return undefined;
    return this.novelty.draw(triesForChild, () => this.#breed(rng));
  }

  #breed(rng: Rng): Proposal | undefined {
    const first = this.#pool.draw(rng);
    if (first === undefined) return undefined;
    const { space } = this.context;
    const second = rng.next() < crossoverShare ? this.#pool.draw(rng) : undefined;
    if (second !== undefined && second.id !== first.id) {
      const { config, operators } = crossConfigs(first.config, second.config, space, rng);
      if (operators.length > 0) return proposal(config, operators, [first.id, second.id]);
    }
    const { config, operators } = mutateConfig(first.config, space, rng);
    return operators.length === 0 ? undefined : proposal(config, operators, [first.id]);
  }
}

const proposal = (
  config: MoaConfig,
  operators: readonly string[],
  parents: readonly ConfigId[],
): Proposal => ({
  config,
  origin: { operator: operators.join('+'), parents },
});

export const evolution: StrategyRecord = {
  create: (context) => new EvolutionStrategy(context),
  schedule: levelledSchedule,
};
