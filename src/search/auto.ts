import { elementAt } from '../core/element-at.ts';
import { recordOf } from '../core/records.ts';
import type { Rng } from '../core/rng.ts';
import { totalSamples } from '../domain/agent.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { Acquisition, type View, type Worth } from './acquisition.ts';
import type { Arms } from './bandit/arms.ts';
import { breed, choosingAtOnce, operatorArms, operatorsOf } from './bandit/breeding.ts';
import { Rewards } from './bandit/rewards.ts';
import { BelievedFront } from './believed-front.ts';
import { BelievedParents } from './believed-parents.ts';
import { KnownAgents } from './known-agents.ts';
import { KnownFront } from './known-front.ts';
import { Novelty } from './novelty.ts';
import { Parents } from './parents.ts';
import { Probes } from './probes.ts';
import { drawRandom } from './random-strategy.ts';
import { ReplayIndex } from './replay.ts';
import { advisedSchedule } from './scheduling/advised-scheduler.ts';
import { presetConfigs } from './start-configs.ts';
import { fewestVotes } from './steps.ts';
import {
  type Extension,
  isExtension,
  type Proposal,
  type StartedProposal,
  type Strategy,
  type StrategyContext,
  type TrialReport,
} from './strategy.ts';
import type { StrategyRecord } from './strategy-record.ts';
import { believedLength } from './surrogate/believed-length.ts';
import type { CostFit } from './surrogate/cost-fit.ts';
import { ConfigEncoder } from './surrogate/encoded-config.ts';
import { type Assumptions, ScorePosterior } from './surrogate/score-posterior.ts';
import { Surrogate } from './surrogate/surrogate.ts';
import { asksOneAgentOnce, TrialLog } from './surrogate/trial-log.ts';
import { manyTrials } from './surrogate/variances.ts';

export interface AutoOptions {
  /** Children that are compared for each proposal. Default 24. */
  readonly children: number;
  /** Share of proposals that take the first child as it comes, so that the search meets what it would refuse. */
  readonly unscreenedShare: number;
  /** Children compared are at most so many draws. */
  readonly tries: number;
  /** Votes of agents that ran already, which are compared besides. */
  readonly freeChildren: number;
  /** Fusions of agents that ran already, which are compared besides as soon as there are many trials. */
  readonly fusions: number;
  /** Single agents that were not tried yet, which are compared besides. */
  readonly probes: number;
  /**
   * What a child costs beside the tokens that it pays, as a share of all that it would pay alone: a free child takes
   * time, and the budget counts it as one more trial.
   */
  readonly overhead: number;
  /** A new config is worth what so many times its first cells would tell. Default 4. */
  readonly ahead: number;
  /** In a space of many prompts each so many-th choice asks one alone that was not, until all were. Default 3; 0: none does. */
  readonly screening: number;
}

const autoDefaults: AutoOptions = {
  children: 24,
  unscreenedShare: 0.05,
  tries: 48,
  freeChildren: 12,
  fusions: 12,
  probes: 16,
  overhead: 0.3,
  ahead: 4,
  screening: 3,
};

type Child = StartedProposal;

/** Each so many-th time that a trial is measured further it is one that promises most for each token. */
const lookForTokens = 8;

/**
 * The search that combines the others. All trials start on few cells. A Gaussian process says what is believed of
 * every config, measured or not. What is done next is whatever raises the hypervolume of the believed front most
 * for its tokens: one of many children, bred by operators that a bandit draws, or further cells of a trial that
 * is on the front or may belong there (knowledge gradient: Frazier, Powell & Dayanik 2008).
 */
export class AutoStrategy implements Strategy {
  readonly name = 'auto';
  readonly #context: StrategyContext;
  readonly #options: AutoOptions;
  readonly #novelty: Novelty;
  readonly #parents: Parents;
  readonly #rewards: Rewards;
  readonly #operators: Arms;
  readonly #encoder: ConfigEncoder;
  readonly #log: TrialLog;
  readonly #surrogate: Surrogate;
  readonly #replay = new ReplayIndex();
  readonly #acquisition: Acquisition;
  readonly #agents: KnownAgents;
  /** Told and not yet looked at: a rebuilt search looks at all at once, when it is first asked. */
  #news: TrialReport[] = [];
  /** Configs under evaluation: the next is chosen as if they had come out as believed, so that a batch differs. */
  readonly #open = new Map<ConfigId, MoaConfig>();
  /** Trials that were extended and not told since. */
  readonly #extended = new Set<ConfigId>();
  /** Times that any trial was extended. */
  #looks = 0;
  /** Configs that were asked. */
  #configs = 0;
  readonly #probes: Probes;
  #assumed: { readonly position: number; readonly assumptions: Assumptions } | undefined;
  #view: View | undefined;
  #breeders: { readonly front: BelievedFront; readonly parents: BelievedParents } | undefined;
  /** Presets with the models that were best at the time of a fit. */
  #pipelines: { readonly position: number; readonly children: readonly Child[] } | undefined;
  /** Cells that a new trial gets. */
  #cells = 1;

  constructor(context: StrategyContext, options: Partial<AutoOptions> = {}) {
    this.#context = context;
    this.#operators = operatorArms(context.space);
    this.#options = { ...autoDefaults, ...comparing(context.candidateShare ?? 1), ...options };
    this.#novelty = new Novelty(context);
    this.#parents = new Parents(context.objectives);
    this.#rewards = new Rewards(new KnownFront(context.objectives, context.bounds));
    this.#encoder = new ConfigEncoder(context.space);
    this.#log = new TrialLog(this.#encoder);
    this.#acquisition = new Acquisition({
      log: this.#log,
      replay: this.#replay,
      most: context.cells ?? 0,
      overhead: this.#options.overhead,
      ahead: this.#options.ahead,
    });
    this.#agents = new KnownAgents(context.space, this.#replay);
    this.#probes = new Probes(context);
    this.#surrogate = new Surrogate(this.#log);
  }

  ask(rng: Rng): Proposal | Extension | 'exhausted' {
    const view = this.#look();
    const next = view === undefined ? this.#anyChild(rng) : this.#best(view, rng);
    const chosen = next ?? drawRandom(this.#context, this.#novelty, rng);
    if (chosen === 'exhausted') {
      return (view === undefined ? undefined : this.#further(view, true)?.extension) ?? 'exhausted';
    }
    if (!isExtension(chosen)) this.asked({ ...chosen, id: configId(chosen.config) });
    return chosen;
  }

  further(): Extension | undefined {
    const view = this.#look();
    return view === undefined ? undefined : this.#further(view)?.extension;
  }

  asked({ id, config }: StartedProposal): void {
    this.#novelty.add(id);
    this.#configs++;
    this.#probes.add(config);
    this.#open.set(id, config);
  }

  extended(id: ConfigId): void {
    this.#extended.add(id);
    this.#looks++;
  }

  tell(report: TrialReport): void {
    this.#novelty.add(report.id);
    this.#extended.delete(report.id);
    this.#open.delete(report.id);
    this.#news.push(report);
  }

  front(): readonly ConfigId[] | undefined {
    const ids = this.#look()?.front.ids;
    return ids === undefined || ids.length === 0 ? undefined : ids;
  }

  /** What is believed of the scores of the front's members; empty while nothing is. */
  believed(): readonly { readonly id: ConfigId; readonly score: number; readonly deviation: number }[] {
    const view = this.#look();
    return (view?.front.members ?? []).map(({ id, score, trial }) => {
      return { id, score, deviation: view?.beliefs.deviationOf(trial) ?? 0 };
    });
  }

  #learn(report: TrialReport): void {
    const reward = this.#rewards.take(report);
    if (reward !== undefined && report.status !== 'failed') {
      this.#operators.credit(operatorsOf(report.origin.operator), reward.reward, reward.tokens);
      if (report.status === 'finished') this.#cells = report.cells.length;
    }
    this.#parents.add(report);
    if (report.cells.length === 0) return;
    const { trial } = this.#log.add(report);
    const { encoded } = elementAt(this.#log.trials, trial);
    this.#replay.add(encoded.calls, report.cells.length);
    if (reward === undefined) return;
    const single = asksOneAgentOnce(encoded) ? (report.estimates.score.mean ?? undefined) : undefined;
    this.#agents.add(report.config, encoded.answerers, single);
  }

  /** `undefined` while too little is known. */
  #look(): View | undefined {
    for (const report of this.#news) this.#learn(report);
    this.#news = [];
    const fit = this.#surrogate.fit();
    if (fit === undefined) return undefined;
    const position = Math.max(fit.position, believedLength(this.#log.entries.length));
    if (this.#view?.fit === fit && this.#view.beliefs.position === position) return this.#view;
    const believe = (at: number, assumptions?: Assumptions): ScorePosterior =>
      new ScorePosterior(this.#log, fit.knowledge, at, assumptions);
    let first: ScorePosterior | undefined;
    if (this.#assumed?.position !== fit.position) {
      first = believe(fit.position);
      this.#assumed = { position: fit.position, assumptions: first.assumptions };
    }
    const beliefs = first?.position === position ? first : believe(position, this.#assumed.assumptions);
    const { objectives, bounds } = this.#context;
    this.#view = { fit, beliefs, front: new BelievedFront(this.#log, beliefs, objectives, bounds) };
    return this.#view;
  }

  /** While nothing is believed yet. */
  #anyChild(rng: Rng): Child | undefined {
    return this.#parents.size === 0 ? undefined : this.#breed(1, this.#parents, rng)[0];
  }

  #breed(wanted: number, parents: Pick<Parents, 'draw'>, rng: Rng): Child[] {
    const children = new Map<ConfigId, Child>();
    const choose = choosingAtOnce(this.#operators, this.#context.space, rng);
    for (let attempt = 0; attempt < this.#options.tries && children.size < wanted; attempt++) {
      const child = breed(parents, choose, this.#context.space, rng);
      if (child !== undefined && !saysNothing(child.config) && this.#novelty.isNew(child.id))
        children.set(child.id, child);
    }
    return [...children.values()];
  }

  #best(view: View, rng: Rng): Child | Extension | undefined {
    const parents = this.#parentsIn(view);
    if (rng.next() < this.#options.unscreenedShare) return this.#breed(1, parents, rng)[0];
    const screened = this.#bestOf(this.#screened(rng), view);
    if (screened !== undefined) return screened.child;
    const best = this.#bestOf(this.#candidates(view, parents, rng), view);
    const further = this.#further(view);
    if (further !== undefined && further.worth > (best?.worth ?? 0)) return further.extension;
    if (best === undefined) return undefined;
    const { config, origin, id } = best.child;
    return { config, origin, id };
  }

  #bestOf(children: Iterable<Child>, view: View): (Worth & { readonly child: Child }) | undefined {
    let best: (Worth & { readonly child: Child }) | undefined;
    const beside = [...this.#open.values()].map((config) => this.#acquisition.believed(config, view));
    for (const child of children) {
      const worth = this.#acquisition.worthOf(child.config, this.#cells, view, beside);
      if (best === undefined || isWorthMore(worth, best)) best = { child, ...worth };
    }
    return best;
  }

  /** What a prompt would be asked alone with, each so many-th choice. */
  #screened(rng: Rng): Child[] {
    const { screening, probes } = this.#options;
    const isDue = screening > 0 && (this.#configs + this.#looks) % screening === screening - 1;
    const prompts = isDue ? this.#probes.unasked() : [];
    const found = new Map<ConfigId, Child>();
    for (let count = 0; count < probes && prompts.length > 0; count++) {
      const child = this.#probes.draw(rng, prompts);
      if (child !== undefined && this.#novelty.isNew(child.id)) found.set(child.id, child);
    }
    return [...found.values()];
  }

  #further(view: View, isAllTried = false): ReturnType<Acquisition['extension']> {
    return this.#acquisition.extension(view, {
      ...{ least: this.#cells, without: this.#extended },
      ...{ forTokens: this.#looks % lookForTokens === lookForTokens - 1, isAllTried },
    });
  }

  #candidates(view: View, parents: Pick<Parents, 'draw'>, rng: Rng): Iterable<Child> {
    const { children, freeChildren, fusions, probes } = this.#options;
    const found = new Map(this.#breed(children, parents, rng).map((child) => [child.id, child]));
    const add = (child: Child | undefined): void => {
      if (child !== undefined && this.#novelty.isNew(child.id)) found.set(child.id, child);
    };
    if (this.#agents.mayVote) {
      for (let count = 0; count < freeChildren; count++) add(this.#agents.drawVote(this.#cells, rng));
    }
    for (let count = 0; count < probes; count++) add(this.#probes.draw(rng));
    if (this.#agents.mayFuse && this.#log.trials.length >= manyTrials) {
      for (let count = 0; count < fusions; count++) add(this.#agents.drawFusion(rng));
    }
    for (const child of this.#presets(view.fit)) add(child);
    return found.values();
  }

  #parentsIn(view: View): Pick<Parents, 'draw'> {
    if (this.#breeders?.front !== view.front) {
      this.#breeders = { front: view.front, parents: new BelievedParents(view.front, this.#log) };
    }
    return this.#breeders.parents.size === 0 ? this.#parents : this.#breeders.parents;
  }

  /** The well-known pipelines compete like children until they were tried. */
  #presets(fit: CostFit): readonly Child[] {
    if (this.#pipelines?.position !== fit.position) {
      const { space } = this.#context;
      const score = (model: string): number => fit.knowledge.scoreOf(this.#encoder.modelIndex(model));
      const ranked = [...new Set(space.models)].sort((a, b) => score(b) - score(a));
      const children = presetConfigs(space, ranked).map((config): Child => {
        return { config, origin: { operator: 'preset', parents: [] }, id: configId(config) };
      });
      this.#pipelines = { position: fit.position, children };
    }
    return this.#pipelines.children;
  }
}

/** A share of all that is usually compared for a proposal. */
function comparing(share: number): Partial<AutoOptions> {
  return recordOf(['children', 'tries', 'freeChildren', 'fusions', 'probes'], (name) =>
    Math.ceil(share * autoDefaults[name]),
  );
}

/** Where nothing gains: what is nearer to the bounds, then what scores more. */
function isWorthMore(one: Worth, other: Worth): boolean {
  if (one.worth !== other.worth) return one.worth > other.worth;
  return one.excess === other.excess ? one.score > other.score : one.excess < other.excess;
}

function saysNothing({ stages }: MoaConfig): boolean {
  const [first, second] = stages;
  return first?.kind === 'propose' && second?.kind === 'vote' && totalSamples(first.agents) < fewestVotes;
}

export const auto: StrategyRecord = {
  create: (context) => new AutoStrategy(context),
  schedule: advisedSchedule,
};
