import { defined } from '../core/defined.ts';
import type { Rng } from '../core/rng.ts';
import { baseline, ownSystem } from '../domain/headliners.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { brokenRules } from '../domain/moa-config-rules.ts';
import { contains } from './membership.ts';
import { OuterStrategy } from './outer-strategy.ts';
import {
  type Extension,
  type Proposal,
  type StartedProposal,
  type Strategy,
  type StrategyContext,
  type TrialReport,
  warmStart,
} from './strategy.ts';
import { baselinesOf } from './with-baselines.ts';

/**
 * A strategy that proposes given configs first, in their order; those that break a rule, do not lie in the space
 * or are known are left out. The strategy within learns of them as of its own.
 * What is a baseline of the space stays one, wherever it is named.
 *
 * @param own systems to compare with, proposed before all others; the strategy within learns only of those that lie
 *   in the space
 * @param cells that each of them begins on at least, by its id. Default: as any other config
 */
export function withSeeds(
  inner: Strategy,
  configs: readonly MoaConfig[],
  context: StrategyContext,
  own: readonly MoaConfig[] = [],
  cells: Readonly<Record<ConfigId, number>> = {},
): Strategy {
  const fitting = configs.filter(
    (config) => brokenRules(config).length === 0 && contains(context.space, config),
  );
  const sound = own.filter((config) => brokenRules(config).length === 0);
  return fitting.length + sound.length === 0 ? inner : new SeedsFirst(inner, fitting, context, sound, cells);
}

interface Seed {
  readonly config: MoaConfig;
  readonly operator: string;
}

class SeedsFirst extends OuterStrategy<Strategy> implements Strategy {
  readonly #context: StrategyContext;
  readonly #seeds: Map<ConfigId, Seed>;
  readonly #cells: ReadonlyMap<ConfigId, number>;

  constructor(
    inner: Strategy,
    configs: readonly MoaConfig[],
    context: StrategyContext,
    own: readonly MoaConfig[],
    cells: Readonly<Record<ConfigId, number>>,
  ) {
    super(inner);
    this.#context = context;
    this.#cells = new Map(Object.entries(cells));
    const baselines = new Set(baselinesOf(context.space).map(({ id }) => id));
    const seedFrom =
      (from: string) =>
      (config: MoaConfig): [ConfigId, Seed] => {
        const id = configId(config);
        return [id, { config, operator: baselines.has(id) ? `${baseline}+${from}` : from }];
      };
    const owned = own.map(seedFrom(ownSystem));
    const seeds = configs.map(seedFrom(warmStart));
    this.#seeds = new Map([...owned, ...seeds.filter(([id]) => !owned.some(([other]) => other === id))]);
  }

  ask(rng: Rng): Proposal | Extension | 'wait' | 'exhausted' {
    for (const [id, { config, operator }] of this.#seeds) {
      if (this.#context.isKnown(id)) continue;
      const cells = this.#cells.get(id);
      const proposal = { config, origin: { operator, parents: [] }, id, ...defined({ cells }) };
      this.asked(proposal);
      return proposal;
    }
    return this.inner.ask(rng);
  }

  asked(proposal: StartedProposal): void {
    this.#seeds.delete(proposal.id);
    if (!this.#isOutside(proposal)) this.inner.asked(proposal);
  }

  tell(report: TrialReport): void {
    if (!this.#isOutside(report)) this.inner.tell(report);
  }

  #isOutside({ config, origin }: Pick<TrialReport, 'config' | 'origin'>): boolean {
    return origin.operator === ownSystem && !contains(this.#context.space, config);
  }
}
