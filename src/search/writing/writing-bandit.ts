import type { Rng } from '../../core/rng.ts';
import { isBaseline } from '../../domain/headliners.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { Arms } from '../bandit/arms.ts';
import { cellTokens, Rewards } from '../bandit/rewards.ts';
import { KnownFront } from '../known-front.ts';
import type { StrategyContext, TrialReport } from '../strategy.ts';
import { type DraftOperator, draftOperators } from './draft.ts';

const writing = 'writing';
const search = 'search';
/** Reward of a trial that is believed in before the first was told. */
const believedOfSearch = 0.15;
/** Gains before which writing may have been lucky. */
const fewestGains = 3;
/** Of all tokens told, what writers may take as long as what they wrote has not gained more than the rest. */
const unprovenShare = 0.01;
/** Prompts that are written before anything is known of what they gain; each that gains makes it one more. */
const firstPrompts = 3;
/** What the first prompt is taken to cost, in tokens. */
const assumedPrompt = 1_000;

/**
 * Decides how often a prompt is written in place of what the search would try next, and by which operator: two arms
 * that are paid by what they add to the measured front for their tokens, and an arm for each operator of the first.
 * Writing costs what the writer takes besides the cells of the config that comes of it; a rejected draft gains
 * nothing. Further cells of known configs count for neither. Old news fades, so that writing is tried again. However
 * cheap its trials are beside what a writer takes, a writer that has not shown its worth takes next to nothing of a run
 * beside its first few prompts.
 */
export class WritingBandit {
  readonly #arms: Arms;
  readonly #rewards: Rewards;
  /** Tokens of each trial so far, shared calls included, and of all of them. */
  readonly #tokens = new Map<ConfigId, number>();
  #told = 0;
  /** Tokens that writers took, and for how many prompts. */
  #written = 0;
  #prompts = 0;
  /** Written prompts that gained; enough of them from the start for whoever believes in writing as in the rest. */
  #gains: number;

  /** @param believedGain what writing is believed to gain at first, as a share of what the search gains by then */
  constructor({ objectives, bounds }: Pick<StrategyContext, 'objectives' | 'bounds'>, believedGain: number) {
    this.#gains = believedGain < 1 ? 0 : fewestGains;
    this.#rewards = new Rewards(new KnownFront(objectives, bounds));
    this.#arms = new Arms((arm) =>
      arm === search ? believedOfSearch : believedGain * this.#arms.mean(search),
    );
  }

  /** Whether the next ask is for a prompt. */
  wantsPrompt(rng: Rng): boolean {
    return this.#arms.draw([search, writing], rng) === writing && this.#isAffordable();
  }

  /** Whether one of the first prompts is still to be written, by what these may take together. @param stake in tokens */
  isStaked(stake: number): boolean {
    if (this.#prompts >= firstPrompts + this.#gains) return false;
    const next = this.#prompts === 0 ? assumedPrompt : this.#written / this.#prompts;
    return this.#written + next <= stake;
  }

  /** The operators, the most promising first. */
  rank(rng: Rng): DraftOperator[] {
    return draftOperators
      .map((operator) => ({ operator, worth: this.#arms.sample(operator, rng) }))
      .sort((a, b) => b.worth - a.worth)
      .map(({ operator }) => operator);
  }

  /** An ask that brought nothing counts as dear as others: who is always rejected must not be asked since it is cheap. */
  rejected(operator: DraftOperator, tokens: number): void {
    this.#pay(tokens);
    this.#arms.credit([writing, operator], 0, Math.max(tokens, this.#arms.typicalCost));
  }

  /**
   * @param believed the front after the strategy was told, where it has beliefs: a gain that it takes for luck is none,
   * and near copies of lucky trials are lucky as often as they are tried. It takes long to say, and is asked of gains
   * alone.
   * @param draft of which the trial came; absent: the search proposed it
   */
  take(
    report: TrialReport,
    believed?: () => readonly ConfigId[] | undefined,
    draft?: { readonly operator: DraftOperator; readonly tokens: number },
  ): void {
    const { id } = report;
    const tokens = cellTokens(report);
    this.#told += tokens - (this.#tokens.get(id) ?? 0);
    this.#tokens.set(id, tokens);
    if (draft !== undefined) this.#pay(draft.tokens);
    const reward = this.#rewards.take(report);
    // What never scored says nothing, and single models are tried whatever they gain.
    if (reward === undefined || report.status === 'failed' || isBaseline(report.origin)) return;
    const isLuck = reward.reward > 0 && believed?.()?.includes(id) === false;
    const gain = isLuck ? 0 : reward.reward;
    if (draft === undefined) this.#arms.credit([search], gain, reward.tokens);
    else {
      this.#arms.credit([writing, draft.operator], gain, reward.tokens + draft.tokens);
      if (gain > 0) this.#gains++;
    }
  }

  /** With one more prompt at what they took so far. */
  #isAffordable(): boolean {
    const next = this.#prompts === 0 ? 0 : this.#written / this.#prompts;
    if (this.#written + next <= unprovenShare * this.#told) return true;
    return this.#gains >= fewestGains && this.#arms.mean(writing) > this.#arms.mean(search);
  }

  #pay(tokens: number): void {
    this.#written += tokens;
    this.#prompts++;
  }
}
