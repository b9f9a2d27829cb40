import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { baseline, cameBy } from '../domain/headliners.ts';
import { type ConfigId, configId, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import { HopefulModels } from './hopeful-models.ts';
import { Novelty } from './novelty.ts';
import { OuterStrategy } from './outer-strategy.ts';
import type { SearchSpace } from './space.ts';
import { spaceSize } from './space-size.ts';
import { singleConfig, startConfigs } from './start-configs.ts';
import type {
  Extension,
  Proposal,
  StartedProposal,
  Strategy,
  StrategyContext,
  TrialReport,
} from './strategy.ts';

/**
 * Lets every search begin with each single model once (`baseline`), then with a few small configs of the
 * best of them (`start`), as many as the size of the space deserves; then the wrapped strategy goes on and
 * has learned from all of it. The singles are the plain way that results are compared with, so they are
 * asked even where the space itself has no single agents.
 *
 * @param startLimit small configs at most; default by the size of the space, 2 to 12
 */
export function withBaselines(
  inner: Strategy,
  context: StrategyContext,
  startLimit = startLimitFor(spaceSize(context.space)),
): Strategy {
  return new BaselinesFirst(inner, context, startLimit);
}

/** The same, and the wrapped strategy's space loses the models that are {@link isHopeless hopeless} alone, or held back. */
export function withHopefulBaselines(
  create: (context: StrategyContext) => Strategy,
  context: StrategyContext,
): Strategy {
  const models = new HopefulModels(context.space, context.heldBack);
  const inner = create({
    ...context,
    get space() {
      return models.space;
    },
  });
  return new BaselinesFirst(inner, context, startLimitFor(spaceSize(context.space)), models);
}

/** Small configs are made of the best singles once no larger a share of the singles still runs (one may always). */
const unknownShare = 0.25;

interface Single {
  readonly model: string;
  readonly id: ConfigId;
  readonly config: MoaConfig;
}

/** Each single model of a space, as it is asked first. */
export function baselinesOf(space: SearchSpace): readonly Single[] {
  return space.models.map((model) => {
    const config = singleConfig(space, model);
    return { model, id: configId(config), config };
  });
}

class BaselinesFirst extends OuterStrategy<Strategy> implements Strategy {
  readonly #context: StrategyContext;
  readonly #singles: readonly Single[];
  readonly #startLimit: number;
  readonly #models: HopefulModels | undefined;
  readonly #novelty: Novelty;
  /** Asked singles that nobody has told yet. */
  readonly #pending = new Set<ConfigId>();
  /** Score of each single model that has one. */
  readonly #scores = new Map<string, number>();
  #startsAsked = 0;
  /** Of the singles as they were ranked when they were made. */
  #starts:
    | { readonly space: SearchSpace; readonly ranking: string; readonly configs: MoaConfig[] }
    | undefined;

  constructor(inner: Strategy, context: StrategyContext, startLimit: number, models?: HopefulModels) {
    super(inner);
    this.#models = models;
    this.#context = context;
    this.#novelty = new Novelty(context);
    this.#singles = baselinesOf(context.space);
    this.#startLimit = startLimit;
  }

  ask(rng: Rng): Proposal | Extension | 'wait' | 'exhausted' {
    const proposal = this.#beginning();
    if (proposal === undefined) return this.inner.ask(rng);
    if (proposal !== 'wait') this.asked({ ...proposal, id: configId(proposal.config) });
    return proposal;
  }

  asked(proposal: StartedProposal): void {
    const { id } = proposal;
    this.#novelty.add(id);
    if (cameBy(baseline, proposal.origin.operator)) this.#pending.add(id);
    if (proposal.origin.operator === 'start') this.#startsAsked++;
    this.inner.asked(proposal);
  }

  tell(report: TrialReport): void {
    this.#models?.take(report);
    this.#pending.delete(report.id);
    const score = report.estimates.score.mean;
    if (cameBy(baseline, report.origin.operator) && score !== null) {
      const [model] = modelsOf(report.config);
      if (model !== undefined) this.#scores.set(model, score);
    }
    this.inner.tell(report);
  }

  #beginning(): Proposal | 'wait' | undefined {
    const single = this.#singles.find(({ id }) => this.#novelty.isNew(id));
    if (single !== undefined) return proposalOf(single.config, baseline);
    if (this.#startsAsked >= this.#startLimit) return undefined;
    const knowsEnough = this.#pending.size <= Math.max(1, unknownShare * this.#singles.length);
    const configs = knowsEnough ? this.#startConfigs() : this.#meanwhile();
    const config = configs.find((candidate) => this.#novelty.isNew(configId(candidate)));
    if (config !== undefined) return proposalOf(config, 'start');
    return knowsEnough ? undefined : 'wait';
  }

  /** Asked for at every ask where the space has fewer than may be begun with, and the same until singles change places. */
  #startConfigs(): MoaConfig[] {
    const { space } = this.#context;
    const ranked = this.#ranked();
    const ranking = ranked.join();
    if (this.#starts?.space !== space || this.#starts.ranking !== ranking) {
      this.#starts = { space, ranking, configs: startConfigs(space, ranked) };
    }
    return this.#starts.configs;
  }

  /**
   * While too many singles still run: another prompt for some of these, so that few slots stay idle. Those that are in
   * are the fastest, and usually the weakest.
   */
  #meanwhile(): MoaConfig[] {
    const { space } = this.#context;
    if (this.#startsAsked * 2 >= this.#startLimit || !this.#singleIsInSpace()) return [];
    const running = this.#singles.filter(({ id }) => this.#pending.has(id));
    const prompts = space.prompts.single.slice(1);
    return prompts.map((prompt, index) =>
      singleConfig(space, elementAt(running, index % running.length).model, prompt),
    );
  }

  #singleIsInSpace(): boolean {
    const { agents, samples, rounds } = this.#context.space;
    return agents.min === 1 && samples.min === 1 && rounds.min === 1;
  }

  /** Models that have a score, best first; ties keep the space's order. */
  #ranked(): string[] {
    return [...this.#scores]
      .sort(([modelA, a], [modelB, b]) => b - a || this.#order(modelA) - this.#order(modelB))
      .map(([model]) => model);
  }

  #order(model: string): number {
    return this.#context.space.models.indexOf(model);
  }
}

const proposalOf = (config: MoaConfig, operator: typeof baseline | 'start'): Proposal => ({
  config,
  origin: { operator, parents: [] },
});

/** From 2 in a space of a hundred configs to 12 in one of ten thousand million. */
function startLimitFor(size: bigint): number {
  const digits = size.toString().length - 1;
  return Math.min(12, Math.max(2, Math.round(digits * 1.2)));
}
