import type { Rng } from '../core/rng.ts';
import { type ConfigId, configId } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { hypervolumeGain, normaliseObjective } from '../pareto/index.ts';
import { breed, choosingAtOnce, operatorArms, operatorsOf } from './bandit/breeding.ts';
import { Rewards } from './bandit/rewards.ts';
import { KnownAgents } from './known-agents.ts';
import { KnownFront } from './known-front.ts';
import { Novelty } from './novelty.ts';
import { Parents } from './parents.ts';
import { drawRandom } from './random-strategy.ts';
import { ReplayIndex } from './replay.ts';
import { presetConfigs } from './start-configs.ts';
import type { Proposal, Strategy, StrategyContext, TrialReport } from './strategy.ts';
import type { Fit } from './surrogate/fit.ts';
import { scoreTrees } from './surrogate/fit.ts';
import { Sketcher } from './surrogate/sketch.ts';
import { Surrogate } from './surrogate/surrogate.ts';
import { asksOneAgentOnce, type LoggedTrial, TrialLog } from './surrogate/trial-log.ts';

export interface AutoOptions {
  /** Children that are compared for each proposal. Default 24. */
  readonly children: number;
  /** Share of proposals that take the first child as it comes, so that the surrogate meets what it would refuse. */
  readonly unscreenedShare: number;
  /** Trees of one Thompson draw: fewer explore more. */
  readonly drawTrees: number;
  /** Gain is divided by the tokens to this power. */
  readonly costPower: number;
  /** Children compared are at most so many draws. */
  readonly tries: number;
  /** One more child is compared with every so many tells, until there are `children`. */
  readonly rampBy: number;
  /** Votes of agents that ran already, which are compared besides. */
  readonly freeChildren: number;
  /**
   * What a child costs beside the tokens that it pays, as a share of all that it would pay alone: a free child takes
   * time, and the schedule counts it as one more trial.
   */
  readonly overhead: number;
  /** How far a score may be off for an ingredient that was never met; explores what is new. */
  readonly doubt: number;
}

export const autoDefaults: AutoOptions = {
  children: 24,
  unscreenedShare: 0.1,
  drawTrees: 8,
  costPower: 0.5,
  tries: 48,
  rampBy: 4,
  freeChildren: 12,
  overhead: 0.3,
  doubt: 0.2,
};

type Child = Proposal & { readonly id: ConfigId };

/** Cells that the surrogate's word on a trial counts as, beside the trial's own. */
const priorCells = 8;

/**
 * The search that combines the others: steady-state evolution, operators drawn by a bandit, many children
 * bred for each proposal and one chosen by a surrogate: the largest expected gain of the front per root of the
 * tokens that would really be paid, calls that the run has made being free.
 */
export class AutoStrategy implements Strategy {
  readonly name = 'auto';
  readonly #context: StrategyContext;
  readonly #options: AutoOptions;
  readonly #novelty: Novelty;
  readonly #parents: Parents;
  readonly #front: KnownFront;
  readonly #rewards: Rewards;
  readonly #operators = operatorArms();
  readonly #sketcher: Sketcher;
  readonly #log: TrialLog;
  readonly #surrogate: Surrogate;
  readonly #replay = new ReplayIndex();
  readonly #agents: KnownAgents;
  /** Told and not yet looked at: a rebuilt search looks at all at once, when it is first asked. */
  #news: TrialReport[] = [];
  /** Presets with the models that were best at the time of a fit. */
  #pipelines: { readonly position: number; readonly children: readonly Child[] } | undefined;
  /** Cells that a new trial is expected to get. */
  #level = 1;

  constructor(context: StrategyContext, options: Partial<AutoOptions> = {}) {
    this.#context = context;
    this.#options = { ...autoDefaults, ...options };
    this.#novelty = new Novelty(context);
    this.#parents = new Parents(context.objectives);
    this.#front = new KnownFront(context.objectives);
    this.#rewards = new Rewards(this.#front);
    this.#sketcher = new Sketcher(context.space);
    this.#log = new TrialLog(this.#sketcher);
    this.#agents = new KnownAgents(context.space, this.#replay);
    this.#surrogate = new Surrogate(this.#log);
  }

  ask(rng: Rng): Proposal | 'exhausted' {
    for (const report of this.#news) this.#learn(report);
    this.#news = [];
    const proposal = this.#child(rng) ?? drawRandom(this.#context, this.#novelty, rng);
    if (proposal !== 'exhausted') this.#novelty.add(configId(proposal.config));
    return proposal;
  }

  asked(proposal: Proposal): void {
    this.#novelty.add(proposal.id ?? configId(proposal.config));
  }

  tell(report: TrialReport): void {
    this.#novelty.add(report.id);
    this.#news.push(report);
  }

  #learn(report: TrialReport): void {
    const reward = this.#rewards.take(report);
    if (reward !== undefined && report.status !== 'failed') {
      this.#operators.credit(operatorsOf(report.origin.operator), reward.reward, reward.tokens);
      if (report.status === 'finished') this.#level = Math.max(this.#level, report.cells.length);
    }
    this.#parents.add(report);
    if (report.cells.length === 0) return;
    const { trial } = this.#log.add(report);
    const { sketch } = this.#log.trials[trial] as LoggedTrial;
    this.#replay.add(sketch.calls, report.cells.length);
    if (!this.#agents.mayVote || reward === undefined) return;
    const single = asksOneAgentOnce(sketch) ? (report.estimates.score.mean ?? undefined) : undefined;
    this.#agents.add(report.config, sketch.answerers, single);
  }

  #child(rng: Rng): Proposal | undefined {
    if (this.#parents.size === 0) return undefined;
    const fit = this.#surrogate.fit();
    const screened = fit !== undefined && rng.next() >= this.#options.unscreenedShare;
    const wanted = screened ? this.#litter() : 1;
    const children = this.#bear(wanted, rng);
    if (fit !== undefined && screened) children.push(...this.#presets(fit));
    const chosen = fit === undefined || wanted === 1 ? children[0] : this.#best(children, fit, rng);
    return chosen === undefined ? undefined : { config: chosen.config, origin: chosen.origin };
  }

  /** The more the surrogate has seen, the more children it is trusted to choose among. */
  #litter(): number {
    const { children, rampBy } = this.#options;
    return Math.min(children, Math.ceil(2 + this.#log.entries.length / rampBy));
  }

  #bear(wanted: number, rng: Rng): Child[] {
    const children = new Map<string, Child>();
    const choose = choosingAtOnce(this.#operators, rng);
    for (let attempt = 0; attempt < this.#options.tries && children.size < wanted; attempt++) {
      const child = breed(this.#parents, choose, this.#context.space, rng);
      if (child !== undefined && this.#novelty.isNew(child.id)) children.set(child.id, child);
    }
    if (wanted > 1 && this.#agents.mayVote) this.#recombine(children, rng);
    return [...children.values()];
  }

  /** Adds votes that cost nothing. */
  #recombine(children: Map<string, Child>, rng: Rng): void {
    for (let count = 0; count < this.#options.freeChildren; count++) {
      const child = this.#agents.draw(this.#level, rng);
      if (child !== undefined && this.#novelty.isNew(child.id)) children.set(child.id, child);
    }
  }

  /** The well-known pipelines compete like children until they were tried. */
  #presets(fit: Fit): Child[] {
    if (this.#pipelines?.position !== fit.position) {
      const { space } = this.#context;
      const score = (model: string): number => fit.knowledge.scoreOf(this.#sketcher.modelIndex(model));
      const ranked = [...new Set(space.models)].sort((a, b) => score(b) - score(a));
      const children = presetConfigs(space, ranked).map((config): Child => {
        return { config, origin: { operator: 'preset', parents: [] }, id: configId(config) };
      });
      this.#pipelines = { position: fit.position, children };
    }
    return this.#pipelines.children.filter(({ id }) => this.#novelty.isNew(id));
  }

  /** The child with the most expected gain per cost; of children that promise nothing the likeliest to score. */
  #best(children: readonly Child[], fit: Fit, rng: Rng): Child | undefined {
    const { drawTrees, costPower, overhead } = this.#options;
    const trees = Array.from({ length: drawTrees }, () => rng.integer(scoreTrees));
    const front = this.#believedFront(fit);
    const { corner } = this.#front;
    const draws = new Map<number, number>();
    let best: { readonly child: Child; readonly worth: number; readonly score: number } | undefined;
    for (const child of children) {
      const sketch = this.#sketcher.sketch(child.config, false);
      const expected = fit.predict(fit.look(sketch), trees);
      const score = expected.score + this.#options.doubt * fit.doubt(sketch, draws, rng);
      const prediction = { ...expected, score: Math.min(1, Math.max(0, score)) };
      const gain = hypervolumeGain(this.#point(prediction), front, corner);
      const paid = this.#replay.paidTokens(sketch.calls, this.#level, fit.knowledge);
      const worth = gain / (paid + overhead * prediction.tokens + 1) ** costPower;
      const isBetter =
        best === undefined || worth > best.worth || (worth === best.worth && prediction.score > best.score);
      if (isBetter) best = { child, worth, score: prediction.score };
    }
    return best?.child;
  }

  /** The front with what its members were lucky in taken back. */
  #believedFront(fit: Fit): (readonly number[])[] {
    const axis = this.#context.objectives.indexOf('score');
    return this.#front.points().map(({ id, point }) => {
      const trial = this.#log.indexOf(id);
      const sketch = trial === undefined ? undefined : this.#log.trials[trial]?.sketch;
      if (axis < 0 || sketch === undefined) return point;
      const cells = this.#log.cellsOf(id);
      const believed = 1 - fit.predict(fit.look(sketch)).score;
      const own = point[axis] as number;
      return point.with(axis, (cells * own + priorCells * believed) / (cells + priorCells));
    });
  }

  #point(prediction: Readonly<Record<ObjectiveName, number>>): number[] {
    return this.#context.objectives.map((name) => {
      const value = prediction[name];
      return normaliseObjective(name, Number.isFinite(value) ? value : 1);
    });
  }
}
