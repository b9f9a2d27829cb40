import { elementAt } from '../core/element-at.ts';
import { recordOf } from '../core/records.ts';
import type { Rng } from '../core/rng.ts';
import { asksAnyOf, type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { Acquisition, type View, type Worth } from './acquisition.ts';
import { type CandidateOptions, Candidates } from './auto-candidates.ts';
import { Rewards } from './bandit/rewards.ts';
import { BelievedFront } from './believed-front.ts';
import { KnownFront } from './known-front.ts';
import { Novelty } from './novelty.ts';
import { drawRandom } from './random-strategy.ts';
import { ReplayIndex } from './replay.ts';
import { advisedSchedule } from './scheduling/advised-scheduler.ts';
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
import { ConfigEncoder } from './surrogate/encoded-config.ts';
import { type Assumptions, ScorePosterior } from './surrogate/score-posterior.ts';
import { Surrogate } from './surrogate/surrogate.ts';
import { TrialLog } from './surrogate/trial-log.ts';

export interface AutoOptions extends CandidateOptions {
  /** Share of proposals that take the first child as it comes, so that the search meets what it would refuse. */
  readonly unscreenedShare: number;
  /**
   * What a child costs beside the tokens that it pays, as a share of all that it would pay alone: a free child takes
   * time, and the budget counts it as one more trial.
   */
  readonly overhead: number;
  /** A new config is worth what so many times its first cells would tell. Default 4. */
  readonly ahead: number;
  /** Each so many-th choice asks a prompt alone that was not, where there are many or some were written. Default 3; 0: none does. */
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
  readonly #rewards: Rewards;
  readonly #log: TrialLog;
  readonly #surrogate: Surrogate;
  readonly #replay = new ReplayIndex();
  readonly #acquisition: Acquisition;
  readonly #candidates: Candidates;
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
  #assumed: { readonly position: number; readonly assumptions: Assumptions } | undefined;
  #view: View | undefined;
  /** Cells that a new trial gets. */
  #cells = 1;

  constructor(context: StrategyContext, options: Partial<AutoOptions> = {}) {
    this.#context = context;
    this.#options = { ...autoDefaults, ...comparing(context.candidateShare ?? 1), ...options };
    this.#novelty = new Novelty(context);
    this.#rewards = new Rewards(new KnownFront(context.objectives, context.bounds));
    this.#log = new TrialLog(new ConfigEncoder(context.space));
    this.#acquisition = new Acquisition({
      log: this.#log,
      replay: this.#replay,
      most: context.cells ?? 0,
      overhead: this.#options.overhead,
      ahead: this.#options.ahead,
    });
    this.#candidates = new Candidates({
      ...{ context, options: this.#options, novelty: this.#novelty },
      ...{ log: this.#log, replay: this.#replay },
    });
    this.#surrogate = new Surrogate(this.#log);
  }

  ask(rng: Rng): Proposal | Extension | 'exhausted' {
    const view = this.#look();
    const next = view === undefined ? this.#candidates.any(view, rng) : this.#best(view, rng);
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
    this.#candidates.asked(config);
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
    // A seed may begin on more, which earlier runs had paid for.
    const { firstCells = () => Number.POSITIVE_INFINITY } = this.#context;
    if (reward !== undefined && report.status === 'finished')
      this.#cells = Math.min(report.cells.length, firstCells());
    this.#candidates.tell(report, reward);
    if (report.cells.length === 0) return;
    const { trial } = this.#log.add(report);
    const { encoded } = elementAt(this.#log.trials, trial);
    this.#replay.add(encoded.calls, report.cells.length);
    if (reward !== undefined) this.#candidates.learnAgents(report, encoded);
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

  #best(view: View, rng: Rng): StartedProposal | Extension | undefined {
    if (rng.next() < this.#options.unscreenedShare) return this.#candidates.any(view, rng);
    const { screening } = this.#options;
    const isScreening = screening > 0 && (this.#configs + this.#looks) % screening === screening - 1;
    const screened = isScreening ? this.#bestOf(this.#candidates.screened(view, rng), view) : undefined;
    if (screened !== undefined) return screened.child;
    const best = this.#bestOf(this.#candidates.all(view, this.#cells, rng), view);
    const further = this.#further(view);
    if (further !== undefined && further.worth > (best?.worth ?? 0)) return further.extension;
    return best?.child;
  }

  #bestOf(
    children: Iterable<StartedProposal>,
    view: View,
  ): (Worth & { readonly child: StartedProposal }) | undefined {
    let best: (Worth & { readonly child: StartedProposal }) | undefined;
    const beside = [...this.#open.values()].map((config) => this.#acquisition.believed(config, view));
    for (const child of children) {
      const worth = this.#acquisition.worthOf(child.config, this.#cells, view, beside);
      if (best === undefined || isWorthMore(worth, best)) best = { child, ...worth };
    }
    return best;
  }

  /** Trials under way, and those whose models are held back. */
  #notToExtend(): ReadonlySet<ConfigId> {
    const held = this.#context.heldBack?.();
    if (held === undefined || held.size === 0) return this.#extended;
    const waiting = this.#log.trials.filter(({ config }) => asksAnyOf(config, held));
    return new Set([...this.#extended, ...waiting.map(({ id }) => id)]);
  }

  #further(view: View, isAllTried = false): ReturnType<Acquisition['extension']> {
    return this.#acquisition.extension(view, {
      ...{ least: this.#cells, without: this.#notToExtend() },
      ...{ forTokens: this.#looks % lookForTokens === lookForTokens - 1, isAllTried },
    });
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

export const auto: StrategyRecord = {
  create: (context) => new AutoStrategy(context),
  schedule: advisedSchedule,
};
