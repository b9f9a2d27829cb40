import { ServedCosts } from '../adapt/costs.ts';
import { type AdaptDecision, type ArmCandidate, Learner } from '../adapt/learner.ts';
import { questionFeatures } from '../adapt/question-features.ts';
import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { Estimate } from '../domain/objective.ts';
import type { Trace } from '../moa/types.ts';
import type { AdaptEvent, AdaptLog, AdaptState } from './adapt-log.ts';
import { type Choice, type Front, figuresOf, type Member } from './catalogue.ts';
import type { ChatAsk } from './chat-request.ts';

export interface AdaptationOptions {
  readonly log: AdaptLog;
  /** Decides what is tried; decisions with equal logs and generators are equal. */
  readonly rng: Rng;
  /** Share of the requests that may leave the champion, 0..1. */
  readonly explore: number;
  readonly today: () => Date;
}

/** What the learner says of one request. */
export interface AdaptedDecision {
  readonly member: Member;
  readonly why: string;
  readonly explored: boolean;
  readonly decision: AdaptDecision;
}

/** Events after which the whole state is saved, so that a start need not read all of them. */
const saveEvery = 1_000;

/** The served front as traffic teaches it: a fold over the log, which comes to the same after a kill. */
export class Adaptation {
  readonly #options: AdaptationOptions;
  readonly #learner: Learner;
  readonly #costs: ServedCosts;
  #number: number;
  #unsaved = 0;
  #front: { readonly given: Front; readonly learned: Front } | undefined;

  constructor(options: AdaptationOptions) {
    this.#options = options;
    const { log, explore } = options;
    const { state, since } = log.load();
    this.#learner = new Learner({ explore }, state?.learner);
    this.#costs = new ServedCosts(state?.costs);
    this.#number = log.decisions;
    for (const event of since) this.#apply(event);
    this.#save();
  }

  /** The front with what members cost as served. */
  front(given: Front): Front {
    if (this.#front?.given === given) return this.#front.learned;
    const members = given.members.map((member) => {
      const figures = figuresOf(member);
      return figures === null ? member : { ...member, served: this.#costs.figures(member.id, figures) };
    });
    this.#front = { given, learned: { ...given, members } };
    return this.#front.learned;
  }

  /**
   * Decides among the members that fit. Where the request names one, prefers a cost or takes what does not fit, the
   * first is it, and only what it is worth is learned. Nothing is changed before {@link begin}.
   * @param isOpen whether the request may have it: by its key, and by what is left to spend
   */
  decide(ask: ChatAsk, choice: Choice, isOpen: (member: Member) => boolean): AdaptedDecision {
    const first = elementAt(choice.fitting, 0);
    const chooses = ask.model === 'front' && !choice.relaxed && (ask.bounds.prefer ?? 'score') === 'score';
    const open = chooses ? choice.fitting.filter(isOpen) : [];
    const members = open.length === 0 ? [first] : open;
    const features = questionFeatures(ask.question);
    const rng = this.#options.rng.derive(this.#number);
    const decision = this.#learner.decide(
      features,
      members.map((one) => candidateOf(one, choice.scoreOf(one))),
      rng,
    );
    const member = elementAt(members, decision.chosen);
    const explored = decision.chosen !== decision.champion;
    return { member, decision, explored, why: whyOf(decision, choice.why) };
  }

  /** The decision is written down; the request may begin. */
  begin(request: string, decision: AdaptDecision): void {
    this.#options.log.decided(this.#number++, request, this.#now, decision);
  }

  /** A request was answered in full. */
  ended(config: string, { latencyMs, usd, inputTokens, outputTokens }: Trace): void {
    const cost = { latency: latencyMs / 1000, usd, tokens: inputTokens + outputTokens };
    this.#learn({ kind: 'cost', config, cost });
  }

  /**
   * Somebody has said what an answer was worth.
   * @param store takes the word; `undefined` where it had been given before
   */
  valued(request: string, value: number, store: () => { readonly first: boolean } | undefined): boolean {
    const event = this.#options.log.together((): AdaptEvent | undefined => {
      const stored = store();
      if (stored === undefined) return undefined;
      const made: AdaptEvent = { kind: 'reward', request, value, first: stored.first };
      this.#options.log.append(made, this.#now);
      return made;
    });
    if (event === undefined) return false;
    this.#apply(event);
    this.#count();
    return true;
  }

  /** Chances of a past decision; `undefined` for one that was made without adaptation. */
  decisionOn(request: string): AdaptDecision | undefined {
    return this.#options.log.find(request);
  }

  state(): AdaptState {
    return { learner: this.#learner.state(), costs: this.#costs.state() };
  }

  #learn(event: AdaptEvent): void {
    this.#options.log.append(event, this.#now);
    this.#apply(event);
    this.#count();
  }

  #apply(event: AdaptEvent): void {
    if (event.kind === 'cost') {
      this.#costs.take(event.config, event.cost);
      this.#front = undefined;
      return;
    }
    const decision = this.#options.log.find(event.request);
    if (decision !== undefined) this.#learner.reward(decision, event.value, event.first);
  }

  #count(): void {
    this.#unsaved++;
    if (this.#unsaved >= saveEvery) this.#save();
  }

  #save(): void {
    this.#unsaved = 0;
    this.#options.log.save(this.state(), this.#now);
  }

  get #now(): number {
    return this.#options.today().getTime();
  }
}

/** A member that no run measured may be anything. */
const unknown = { mean: 0.5, variance: 0.25 };

function candidateOf({ id }: Member, score: Estimate | undefined): ArmCandidate {
  const { mean, low, high } = score ?? { mean: null, low: null, high: null };
  if (mean === null) return { id, prior: unknown };
  const variance = low === null || high === null ? unknown.variance : ((high - low) / 2 / 1.96) ** 2;
  return { id, prior: { mean, variance } };
}

function whyOf({ arms, champion, chosen }: AdaptDecision, why: string): string {
  if (arms.length < 2) return why;
  if (chosen === champion) return `the best for such questions, of ${arms.length} that fit`;
  return `tried: may be better than mixtune/${arms[champion]}`;
}
