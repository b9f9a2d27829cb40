import type { Rng } from '../../core/rng.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { seatsOfStages } from '../../domain/stages/stages.ts';
import { KnownFront } from '../known-front.ts';
import { Parents } from '../parents.ts';
import { BreedingStrategy } from '../random-strategy.ts';
import { levelledSchedule } from '../scheduling/levelled-scheduler.ts';
import type { Proposal, StrategyContext, TrialReport } from '../strategy.ts';
import type { StrategyRecord } from '../strategy-record.ts';
import { hashText } from '../surrogate/hash-text.ts';
import { Arms } from './arms.ts';
import { breed, type Child, choosingAnew, operatorArms, operatorsOf } from './breeding.ts';
import { Rewards } from './rewards.ts';

/** Children among which the one with the most promising new models and prompts is taken. */
const offspring = 4;
const triesForChild = 12;
const believedReward = 0.15;

/**
 * Steady-state search whose operators, and the models and prompts that they bring in, are drawn by
 * cost-aware Thompson sampling: rewarded by what a child added to the front, for the tokens it took.
 */
export class BanditStrategy extends BreedingStrategy {
  readonly name = 'bandit';
  readonly #parents: Parents;
  readonly #rewards: Rewards;
  readonly #operators: Arms;
  /** Arms `model role name` and `prompt role hash`: what a change brought in. */
  readonly #ingredients = new Arms(() => believedReward);

  constructor(context: StrategyContext) {
    super(context);
    this.#operators = operatorArms(context.space);
    this.#parents = new Parents(context.objectives, context.bounds);
    this.#rewards = new Rewards(new KnownFront(context.objectives, context.bounds));
  }

  override tell(report: TrialReport): void {
    super.tell(report);
    const reward = this.#rewards.take(report);
    if (reward !== undefined && report.status !== 'failed') {
      const { operator, parents } = report.origin;
      this.#operators.credit(operatorsOf(operator), reward.reward, reward.tokens);
      const [first] = parents;
      const parent = first === undefined ? undefined : this.#parents.configOf(first);
      this.#ingredients.credit(newIngredients(report.config, parent), reward.reward, reward.tokens);
    }
    this.#parents.add(report);
  }

  protected override child(rng: Rng): Proposal | undefined {
    if (this.#parents.size === 0) return undefined;
    let best: Child | undefined;
    let most = Number.NEGATIVE_INFINITY;
    const choose = choosingAnew(this.#operators);
    for (let attempt = 0, born = 0; attempt < triesForChild && born < offspring; attempt++) {
      const child = breed(this.#parents, choose, this.context.space, rng);
      if (child === undefined || !this.novelty.suits(child.id, child.config)) continue;
      born++;
      const promise = this.#promiseOf(child, rng);
      if (promise > most) [best, most] = [child, promise];
    }
    return best === undefined ? undefined : { config: best.config, origin: best.origin };
  }

  /** Mean sample of what the child brings in; of one that only rearranges, what is believed of anything. */
  #promiseOf(child: Child, rng: Rng): number {
    const arms = newIngredients(child.config, child.parent);
    if (arms.length === 0) return believedReward;
    return arms.reduce((sum, arm) => sum + this.#ingredients.sample(arm, rng), 0) / arms.length;
  }
}

/** Models and prompts, by role, that the parent does not have in that role. */
function newIngredients(config: MoaConfig, parent: MoaConfig | undefined): string[] {
  const had = new Set(parent === undefined ? [] : ingredientsOf(parent));
  return [...new Set(ingredientsOf(config))].filter((arm) => !had.has(arm));
}

function ingredientsOf(config: MoaConfig): string[] {
  return seatsOfStages(config.stages).flatMap(({ agent, role }) => [
    `model ${role} ${agent.model}`,
    `prompt ${role} ${hashText(agent.prompt).toString(36)}`,
  ]);
}

export const bandit: StrategyRecord = {
  create: (context) => new BanditStrategy(context),
  schedule: levelledSchedule,
};
