import type { Rng } from '../../core/rng.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { type Parent, ParentPool } from '../parent-pool.ts';
import type { Extension, Proposal, StartedProposal, StrategyContext, TrialReport } from '../strategy.ts';
import { type Draft, type DraftingStrategy, type DraftOperator, draftOperators, isDraft } from './draft.ts';
import { fullMarks } from './evidence.ts';
import { drawTarget } from './target.ts';

export interface ReflectionOptions {
  /** Share of asks that are answered with a draft once there is something to reflect on. @defaultValue 0.1 */
  readonly share?: number;
  /** Share of drafts that are rewrites, for which no failing cells are shown. @defaultValue 0 */
  readonly rewrites?: number;
  /** Finished trials before the first draft. @defaultValue 12 */
  readonly after?: number;
}

/** Drafts that may be written at the same time. */
const mostOpen = 2;
const parentTries = 6;
/** With each rejection in a row drafts become rarer by this factor, down to the least. */
const discouragement = 0.6;
const leastShare = 0.1;

/**
 * Lets a strategy's asks be answered now and then with a draft: a prompt of a good config with failing cells
 * is to be improved by a model that is shown them. No agent of a config is written anew twice on the same
 * cells. A writer whose prompts are rejected again and again is asked less and less. A strategy that drafts of
 * its own accord is told of these drafts as if they were its own.
 */
export function withReflection(
  inner: DraftingStrategy,
  context: Pick<StrategyContext, 'objectives'>,
  options: ReflectionOptions = {},
): DraftingStrategy {
  return new Reflection(inner, context, options);
}

class Reflection implements DraftingStrategy {
  readonly name: string;
  readonly #inner: DraftingStrategy;
  readonly #options: Required<ReflectionOptions>;
  readonly #pool: ParentPool;
  /** Cells of each trial with less than full marks. */
  readonly #failing = new Map<ConfigId, number>();
  /** What was drafted: parent, agent and the number of cells to learn from at that time. */
  readonly #drafted = new Set<string>();
  readonly #open = new Set<string>();
  #rejections = 0;

  constructor(
    inner: DraftingStrategy,
    { objectives }: Pick<StrategyContext, 'objectives'>,
    { share = 0.1, rewrites = 0, after = 12 }: ReflectionOptions,
  ) {
    this.name = inner.name;
    this.#inner = inner;
    this.#options = { share, rewrites, after };
    this.#pool = new ParentPool(objectives);
  }

  ask(rng: Rng): Proposal | Extension | Draft | 'wait' | 'exhausted' {
    // A stream of its own: the strategy inside draws the same numbers with and without drafts.
    const draft = this.#draft(rng.derive('draft'));
    if (draft !== undefined) {
      this.drafted(draft);
      return draft;
    }
    const asked = this.#inner.ask(rng);
    if (isDraft(asked)) this.#note(asked);
    return asked;
  }

  extended(id: ConfigId): void {
    this.#inner.extended?.(id);
  }

  asked(proposal: StartedProposal): void {
    if (isOfDraft(proposal)) {
      this.#open.delete(openName(proposal.origin.parents[0] ?? '', proposal.origin.operator));
      this.#rejections = 0;
    }
    this.#inner.asked(proposal);
  }

  drafted(draft: Draft): void {
    this.#note(draft);
    this.#inner.drafted?.(draft);
  }

  draftRejected(draft: Draft, reason: string): void {
    this.#open.delete(openName(draft.parent, draft.operator));
    this.#rejections++;
    this.#inner.draftRejected?.(draft, reason);
  }

  tell(report: TrialReport): void {
    if (report.status === 'finished') {
      this.#pool.add(report);
      const failing = report.cells.filter(({ measurement }) => (measurement.score ?? 1) < fullMarks);
      this.#failing.set(report.id, failing.length);
    }
    this.#inner.tell(report);
  }

  further(): Extension | undefined {
    return this.#inner.further?.();
  }

  front(): readonly ConfigId[] | undefined {
    return this.#inner.front?.();
  }

  #note({ parent, target, operator }: Draft): void {
    this.#drafted.add(this.#nameOf(parent, target.agent, operator));
    this.#open.add(openName(parent, operator));
  }

  #draft(rng: Rng): Draft | undefined {
    const { share, rewrites, after } = this.#options;
    if (this.#pool.size < after || this.#open.size >= mostOpen) return undefined;
    const now = share * Math.max(leastShare, discouragement ** this.#rejections);
    if (rng.next() >= now) return undefined;
    const operator: DraftOperator = rng.next() < rewrites ? 'rewrite-prompt' : 'reflect-prompt';
    for (let attempt = 0; attempt < parentTries; attempt++) {
      const parent = this.#pool.draw(rng);
      const draft = parent === undefined ? undefined : this.#draftOf(parent, operator, rng);
      if (draft !== undefined) return draft;
    }
    return undefined;
  }

  #draftOf({ id, config }: Parent, operator: DraftOperator, rng: Rng): Draft | undefined {
    if (this.#open.has(openName(id, operator))) return undefined;
    if (operator === 'reflect-prompt' && (this.#failing.get(id) ?? 0) === 0) return undefined;
    const drawn = drawTarget(
      config,
      rng,
      ({ target }) => !this.#drafted.has(this.#nameOf(id, target.agent, operator)),
    );
    if (drawn === undefined) return undefined;
    return { kind: 'draft', operator, parent: id, target: drawn.target, origin: { operator, parents: [id] } };
  }

  /** On more failing cells the same prompt may be looked at again; a rewrite has nothing new to look at. */
  #nameOf(parent: ConfigId, agent: number, operator: DraftOperator): string {
    const evidence = operator === 'reflect-prompt' ? (this.#failing.get(parent) ?? 0) : 0;
    return `${operator}/${parent}/${agent}/${evidence}`;
  }
}

/** One draft of a kind at a time for a parent, so that what comes of it can be told from its origin. */
const openName = (parent: ConfigId, operator: string): string => `${operator}/${parent}`;

const isOfDraft = ({ origin }: Proposal): boolean => draftOperators.some((name) => name === origin.operator);
