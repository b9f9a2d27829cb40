import type { Rng } from '../../core/rng.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { OuterStrategy } from '../outer-strategy.ts';
import { type Parent, ParentPool } from '../parent-pool.ts';
import type { Extension, Proposal, StartedProposal, StrategyContext, TrialReport } from '../strategy.ts';
import {
  type Draft,
  type DraftingStrategy,
  type DraftOperator,
  type DraftOutcome,
  draftOperatorOf,
  isDraft,
} from './draft.ts';
import { fullMarks } from './evidence.ts';
import { InstanceScores } from './instance-scores.ts';
import { drawMerge } from './merge.ts';
import { drawTarget } from './target.ts';
import { WritingBandit } from './writing-bandit.ts';

export interface ReflectionOptions {
  /**
   * What a draft is believed to gain for its tokens before any was told, as a share of what the rest of the search
   * gains: what is measured then decides. The default makes drafts of about a tenth of the first asks. Below 1 writers
   * take at most a hundredth of the tokens, beside a few first drafts, until they have shown their worth. @defaultValue 0.35
   */
  readonly believedGain?: number;
  /** Finished trials from which on that decides. The few first drafts come as soon as each single model may be measured. @defaultValue 12 */
  readonly after?: number;
}

interface ReflectionContext extends Pick<StrategyContext, 'objectives' | 'bounds' | 'space'> {
  /** Tokens that first drafts may take, before any has shown its worth. @defaultValue none */
  readonly stake?: () => number;
}

/** Drafts that may be written at the same time. */
const mostOpen = 2;
const parentTries = 6;

/**
 * Lets a strategy's asks be answered now and then with a draft: a prompt of a good config with failing cells is to be
 * improved by a model that is shown them. A few come early, one after another, each once what came of the one before is
 * measured; then how often is decided by what drafts add to the front for their tokens, beside the rest of the search. No agent of a config is written anew twice on the same cells. A strategy that
 * drafts of its own accord is told of these drafts as if they were its own.
 */
export function withReflection(
  inner: DraftingStrategy,
  context: ReflectionContext,
  options: ReflectionOptions = {},
): DraftingStrategy {
  return new Reflection(inner, context, options);
}

class Reflection extends OuterStrategy<DraftingStrategy> implements DraftingStrategy {
  readonly #after: number;
  /** Finished trials before the first draft. */
  readonly #begin: number;
  readonly #stake: () => number;
  readonly #pool: ParentPool;
  readonly #scores = new InstanceScores();
  readonly #bandit: WritingBandit;
  /** Cells of each trial with less than full marks. */
  readonly #failing = new Map<ConfigId, number>();
  /** What was drafted: agents, and the number of cells to learn from at that time. */
  readonly #drafted = new Set<string>();
  /** Drafts of which no trial has come so far, with what their writers took. */
  readonly #open = new Map<string, number>();
  /** Trials that came of drafts and were not told so far. */
  readonly #started = new Map<ConfigId, { readonly operator: DraftOperator; readonly tokens: number }>();

  constructor(
    inner: DraftingStrategy,
    context: ReflectionContext,
    { believedGain = 0.35, after = 12 }: ReflectionOptions,
  ) {
    super(inner);
    this.#after = after;
    this.#begin = Math.min(after, context.space.models.length);
    this.#stake = context.stake ?? (() => 0);
    this.#pool = new ParentPool(context.objectives);
    this.#bandit = new WritingBandit(context, believedGain);
  }

  ask(rng: Rng): Proposal | Extension | Draft | 'wait' | 'exhausted' {
    // A stream of its own: the strategy inside draws the same numbers with and without drafts.
    const draft = this.#draft(rng.derive('draft'));
    if (draft !== undefined) {
      this.drafted(draft);
      return draft;
    }
    const asked = this.inner.ask(rng);
    if (isDraft(asked)) this.#note(asked);
    return asked;
  }

  asked(proposal: StartedProposal): void {
    const operator = draftOperatorOf(proposal.origin);
    if (operator !== undefined) {
      const open = openName(proposal.origin.parents[0] ?? '', operator);
      this.#started.set(proposal.id, { operator, tokens: this.#open.get(open) ?? 0 });
      this.#open.delete(open);
    }
    this.inner.asked(proposal);
  }

  drafted(draft: Draft): void {
    this.#note(draft);
    this.inner.drafted?.(draft);
  }

  draftFinished(draft: Draft, outcome: DraftOutcome, tokens: number): void {
    const open = openName(draft.parent, draft.operator);
    if (outcome.kind === 'written') this.#open.set(open, tokens);
    else {
      this.#open.delete(open);
      this.#bandit.rejected(draft.operator, tokens);
    }
    this.inner.draftFinished?.(draft, outcome, tokens);
  }

  tell(report: TrialReport): void {
    if (report.status === 'finished') {
      this.#pool.add(report);
      this.#scores.tell(report);
      const failing = report.cells.filter(({ measurement }) => (measurement.score ?? 1) < fullMarks);
      this.#failing.set(report.id, failing.length);
    }
    this.inner.tell(report);
    this.#bandit.take(report, () => this.inner.front?.(), this.#started.get(report.id));
    this.#started.delete(report.id);
  }

  #note(draft: Draft): void {
    this.#drafted.add(this.#nameOf(draft));
    this.#open.set(openName(draft.parent, draft.operator), 0);
  }

  #draft(rng: Rng): Draft | undefined {
    if (this.#open.size >= mostOpen) return undefined;
    if (!this.#isFirst() && (this.#pool.size < this.#after || !this.#bandit.wantsPrompt(rng)))
      return undefined;
    for (const operator of this.#bandit.rank(rng)) {
      const draft =
        operator === 'merge-prompts'
          ? drawMerge(this.#scores, (merge) => this.#isNew(merge), rng)
          : this.#reflect(operator, rng);
      if (draft !== undefined) return draft;
    }
    return undefined;
  }

  /** Whether one of the first drafts is to be asked for: each learns from what came of the one before. */
  #isFirst(): boolean {
    if (this.#pool.size < this.#begin || this.#open.size > 0 || this.#started.size > 0) return false;
    return this.#bandit.isStaked(this.#stake());
  }

  #reflect(operator: DraftOperator, rng: Rng): Draft | undefined {
    const parents = this.#parentsFor(operator);
    for (let attempt = 0; attempt < parentTries; attempt++) {
      const parent = parents(rng);
      const draft = parent === undefined ? undefined : this.#reflectOn(parent, operator, rng);
      if (draft !== undefined) return draft;
    }
    return undefined;
  }

  #parentsFor(operator: DraftOperator): (rng: Rng) => Pick<Parent, 'id' | 'config'> | undefined {
    if (operator !== 'reflect-by-instance') return (rng) => this.#pool.draw(rng);
    const winners = this.#scores.winners();
    return (rng) => this.#scores.draw(rng, winners);
  }

  #reflectOn(
    { id, config }: Pick<Parent, 'id' | 'config'>,
    operator: DraftOperator,
    rng: Rng,
  ): Draft | undefined {
    if ((this.#failing.get(id) ?? 0) === 0) return undefined;
    const draftOf = (target: Draft['target']): Draft => {
      return { kind: 'draft', operator, parent: id, target, origin: { operator, parents: [id] } };
    };
    const drawn = drawTarget(config, rng, ({ target }) => this.#isNew(draftOf(target)));
    return drawn === undefined ? undefined : draftOf(drawn.target);
  }

  #isNew(draft: Draft): boolean {
    return !this.#open.has(openName(draft.parent, draft.operator)) && !this.#drafted.has(this.#nameOf(draft));
  }

  /** What the writer is shown, however it was chosen: on more failing cells the same prompt may be looked at again. */
  #nameOf({ parent, target, other }: Draft): string {
    const shown = [{ parent, target }, ...(other === undefined ? [] : [other])];
    return shown
      .map((each) => `${each.parent}/${each.target.agent}/${this.#failing.get(each.parent) ?? 0}`)
      .join(' ');
  }
}

/** One draft of a kind at a time for a parent, so that what comes of it can be told from its origin. */
const openName = (parent: ConfigId, operator: string): string => `${operator}/${parent}`;
