import { elementAt } from '../core/element-at.ts';
import { remembered } from '../core/remembered.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { BelievedFront, BelievedTrial } from './believed-front.ts';
import type { ReplayIndex } from './replay.ts';
import type { Extension } from './strategy.ts';
import type { CostFit } from './surrogate/cost-fit.ts';
import type { ScorePosterior } from './surrogate/score-posterior.ts';
import type { TrialLog } from './surrogate/trial-log.ts';

/** So far above what is believed of it a trial may be to be worth another look: standard deviations. */
const hopeful = 2;
/** The same where it is asked what it promises for its tokens: with this the first 16 hold nearly the most worth. */
const likely = 1;
/** Trials whose further measuring is weighed at most, the most promising by a rough guess. */
const mostExtended = 16;
/** Where prices count, so many times as many are priced anew: they fall as calls are made. */
const pricedAnew = 4;
/** What would move a score by less is not looked at, as long as anything new can be tried. */
const leastLearned = 0.01;
/** Variance that is always left. */
const leastOpen = 1e-9;

/** What is believed of all configs at one moment. */
export interface View {
  readonly fit: CostFit;
  readonly beliefs: ScorePosterior;
  readonly front: BelievedFront;
}

/** What a new config is worth. */
export interface Worth {
  /** Expected gain of hypervolume for each token. */
  readonly worth: number;
  /** How far outside the bounds it is believed to be. */
  readonly excess: number;
  /** Believed. */
  readonly score: number;
}

/** Which further measuring is asked for. */
export interface Extending {
  /** Cells that a trial gets more at least; one that has more gets as many again. */
  readonly least: number;
  /** Trials that are being measured further already, or better later. */
  readonly without: ReadonlySet<ConfigId>;
  /** Weighed are those that promise most for each token, in place of the front's members of the highest scores. */
  readonly forTokens: boolean;
  /** Nothing new is left to try: what would tell ever so little is weighed, too. */
  readonly isAllTried: boolean;
}

/** A trial that may be measured further. */
interface Hopeful {
  readonly trial: BelievedTrial;
  /** Cells that it would have then. */
  readonly cells: number;
  /** Tokens that the further ones cost. */
  readonly price: number;
}

/** A trial that may be worth another look, whatever else is under way. */
interface Hope {
  readonly trial: BelievedTrial;
  /** What it would gain if it were as good as it may be. */
  readonly gain: number;
}

/** What was reckoned of a view: it is asked far more often than beliefs change. */
interface Reckoned {
  /** For tokens, and by score, the most hopeful first. */
  readonly hopes: Map<boolean, readonly Hope[]>;
  /** What so many more cells of a trial would tell, by both. */
  readonly told: Map<BelievedTrial, Map<number, number>>;
  /** Where configs under way are believed to come out. */
  readonly believed: Map<MoaConfig, readonly number[]>;
  /** What each member of the front adds to it. */
  readonly held: Map<BelievedTrial, number>;
}

/** What a search may spend tokens on, and what is known of that. */
export interface AcquisitionSubject {
  readonly log: TrialLog;
  readonly replay: ReplayIndex;
  /** Cells that a trial can be measured on in all; 0: none can be measured further. */
  readonly most: number;
  /** What a new config costs beside the tokens that it pays, as a share of all that it would pay alone. */
  readonly overhead: number;
  /** A new config is worth what so many times its first cells would tell: where it promises, it gets further ones. */
  readonly ahead: number;
}

/**
 * Says what the next tokens are worth: expected gain of the believed front's hypervolume for each token, of a new
 * config on its first cells or of further cells of a trial (knowledge gradient: Frazier, Powell and Dayanik, "A
 * knowledge-gradient policy for sequential information collection", SIAM J. Control Optim. 47, 2008).
 */
export class Acquisition {
  readonly #subject: AcquisitionSubject;
  readonly #reckoned = new WeakMap<View, Reckoned>();

  constructor(subject: AcquisitionSubject) {
    this.#subject = subject;
  }

  /** Where a config is believed to come out. */
  believed(config: MoaConfig, view: View): readonly number[] {
    const { fit, beliefs, front } = view;
    return remembered(this.#reckonedOf(view).believed, config, () => {
      const encoded = this.#subject.log.encoder.encode(config, false);
      return front.pointOf({ ...fit.costsOf(encoded), score: beliefs.meanOf(encoded) });
    });
  }

  /**
   * @param cells that the config would be measured on at first
   * @param beside where configs under way are believed to come out: what they will bring is no gain any more
   */
  worthOf(
    config: MoaConfig,
    cells: number,
    { fit, beliefs, front }: View,
    beside: readonly (readonly number[])[] = [],
  ): Worth {
    const { log, replay, most, overhead, ahead } = this.#subject;
    const encoded = log.encoder.encode(config, false);
    const costs = fit.costsOf(encoded);
    const { mean, variance } = beliefs.predict(encoded);
    const learnedFrom = Math.max(cells, Math.min(most, ahead * cells));
    const learned = variance / Math.sqrt(variance + beliefs.noiseOf(learnedFrom, mean));
    const gain = front.expectedGain(costs, mean, learned, { beside });
    const paid = replay.paidTokens(encoded.calls, cells, fit.knowledge);
    const excess = front.excessOf(front.pointOf({ ...costs, score: mean }));
    return { worth: gain / (cells * (paid + overhead * costs.tokens) + 1), excess, score: mean };
  }

  /** The trial of which more cells would tell most for each token, and what they are worth. */
  extension(
    view: View,
    asked: Extending,
  ): { readonly worth: number; readonly extension: Extension } | undefined {
    // What was reckoned before left out what would tell little.
    const told: Reckoned['told'] = asked.isAllTried ? new Map() : this.#reckonedOf(view).told;
    const least = asked.isAllTried ? 0 : leastLearned;
    let best: { readonly worth: number; readonly extension: Extension } | undefined;
    for (const { trial, cells, price } of this.#hopefuls(view, asked)) {
      const more = cells - trial.entry.granted;
      const byCells = remembered(told, trial, () => new Map<number, number>());
      const worth = remembered(byCells, more, () => this.#toldBy(trial, more, view, least)) / price;
      if (worth > 0 && (best === undefined || worth > best.worth)) {
        best = { worth, extension: { extend: trial.id, cells } };
      }
    }
    return best;
  }

  /**
   * Members of the front and trials that may belong there, which can still be measured further: members first and by the
   * scores that they may have, or `forTokens` by what they would gain for each token if they were as good as they may be.
   * By score alone nobody is looked at but the members of a long front, and a cheap trial that is overlooked costs as
   * much of the front as a dear one.
   */
  #hopefuls(view: View, asked: Extending): readonly Hopeful[] {
    const { log } = this.#subject;
    const wanted = asked.forTokens ? pricedAnew * mostExtended : mostExtended;
    const found: (Hopeful & { readonly promise: number })[] = [];
    for (const { trial, gain } of this.#hopes(view, asked)) {
      if (found.length === wanted) break;
      // Told since: what is believed does not know of it yet.
      if (asked.without.has(trial.id) || log.cellsOf(trial.trial) !== trial.entry.cells) continue;
      const priced = this.#priced(trial, view, asked);
      found.push({ ...priced, promise: gain / priced.price });
    }
    if (asked.forTokens) found.sort((a, b) => b.promise - a.promise || a.trial.trial - b.trial.trial);
    return found.slice(0, mostExtended);
  }

  /** In the order of {@link #hopefuls}; for tokens by what they cost when the view was made. */
  #hopes(view: View, asked: Extending): readonly Hope[] {
    const { hopes } = this.#reckonedOf(view);
    return remembered(hopes, asked.forTokens, () => {
      const found = this.#hopesFor(view, asked.forTokens);
      if (!asked.forTokens) return found;
      const promising = found.map((hope) => {
        return { hope, promise: hope.gain / this.#priced(hope.trial, view, asked).price };
      });
      return promising.sort((a, b) => b.promise - a.promise).map(({ hope }) => hope);
    });
  }

  #hopesFor(view: View, forTokens: boolean): readonly Hope[] {
    const { beliefs, front } = view;
    const { most } = this.#subject;
    const members = new Set(front.members);
    const found = front.trials.flatMap((trial) => {
      const { cells, granted, dropped } = trial.entry;
      if (dropped || granted >= most) return [];
      const deviations = forTokens ? likely : hopeful;
      const score = trial.score + deviations * Math.sqrt(beliefs.noiseOf(cells, trial.score));
      const point = front.pointOf({ ...trial.entry, score });
      if (!members.has(trial)) {
        const gain = front.gainOf(point);
        return gain === 0 ? [] : [{ trial, score, gain, rank: 1 }];
      }
      // What its cells tell of others is left out where it cannot itself be accepted.
      if (!front.isNear(point)) return [];
      const gain = forTokens ? front.gainOf(point, trial) - this.#held(trial, view) : 0;
      return [{ trial, score, gain, rank: 0 }];
    });
    return found.sort((a, b) => a.rank - b.rank || b.score - a.score || a.trial.trial - b.trial.trial);
  }

  #reckonedOf(view: View): Reckoned {
    const nothing = () => ({ hopes: new Map(), told: new Map(), believed: new Map(), held: new Map() });
    return remembered(this.#reckoned, view, nothing);
  }

  #held(member: BelievedTrial, view: View): number {
    const { held } = this.#reckonedOf(view);
    return remembered(held, member, () => view.front.gainOf(member.point, member));
  }

  #priced(trial: BelievedTrial, { fit }: View, { least }: Extending): Hopeful {
    const { log, replay, most } = this.#subject;
    const { cells: has, granted } = trial.entry;
    const cells = Math.min(most, granted + Math.max(least, has));
    const { encoded } = elementAt(log.trials, trial.trial);
    return { trial, cells, price: replay.paidTokens(encoded.calls, cells, fit.knowledge) * cells + 1 };
  }

  /**
   * Expected gain of the front's hypervolume by what so many more cells of a trial would tell: of the trial itself
   * and, by what they share, of every member of the front, each looked at by itself.
   */
  #toldBy(trial: BelievedTrial, more: number, view: View, least: number): number {
    const { beliefs, front } = view;
    const open = Math.max(leastOpen, beliefs.openBetween(trial.trial, trial.trial));
    const spread = Math.sqrt(open + beliefs.noiseOf(more, trial.score));
    const isMember = front.members.includes(trial);
    let value = 0;
    for (const other of isMember ? front.members : [trial, ...front.members]) {
      const learned = Math.abs(beliefs.openBetween(trial.trial, other.trial)) / spread;
      if (learned < least) continue;
      const isOnFront = isMember || other !== trial;
      value += front.expectedGain(other.entry, other.score, learned, isOnFront ? { without: other } : {});
      if (isOnFront) value -= this.#held(other, view);
    }
    return value;
  }
}
