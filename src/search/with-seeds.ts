import type { Rng } from '../core/rng.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { brokenRules } from '../domain/moa-config-rules.ts';
import { contains } from './membership.ts';
import type {
  Extension,
  Proposal,
  StartedProposal,
  Strategy,
  StrategyContext,
  TrialReport,
} from './strategy.ts';

/** Operator of a proposal that was given from outside: what an earlier run found, or a config of the user's. */
const warmStart = 'warm-start';

/**
 * A strategy that proposes given configs first, in their order; those that break a rule, do not lie in the space
 * or are known are left out. The strategy within learns of them as of its own.
 */
export function withSeeds(
  inner: Strategy,
  configs: readonly MoaConfig[],
  context: StrategyContext,
): Strategy {
  const fitting = configs.filter(
    (config) => brokenRules(config).length === 0 && contains(context.space, config),
  );
  return fitting.length === 0 ? inner : new SeedsFirst(inner, fitting, context);
}

class SeedsFirst implements Strategy {
  readonly name: string;
  readonly #inner: Strategy;
  readonly #context: StrategyContext;
  readonly #seeds: Map<ConfigId, MoaConfig>;

  constructor(inner: Strategy, configs: readonly MoaConfig[], context: StrategyContext) {
    this.name = inner.name;
    this.#inner = inner;
    this.#context = context;
    this.#seeds = new Map(configs.map((config) => [configId(config), config]));
  }

  ask(rng: Rng): Proposal | Extension | 'wait' | 'exhausted' {
    for (const [id, config] of this.#seeds) {
      if (this.#context.isKnown(id)) continue;
      const proposal = { config, origin: { operator: warmStart, parents: [] }, id };
      this.asked(proposal);
      return proposal;
    }
    return this.#inner.ask(rng);
  }

  extended(id: ConfigId): void {
    this.#inner.extended?.(id);
  }

  asked(proposal: StartedProposal): void {
    this.#seeds.delete(proposal.id);
    this.#inner.asked(proposal);
  }

  tell(report: TrialReport): void {
    this.#inner.tell(report);
  }

  front(): readonly ConfigId[] | undefined {
    return this.#inner.front?.();
  }
}
