import type { Rng } from '../../core/rng.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import type { Extension, Origin, Proposal, Strategy } from '../strategy.ts';

/**
 * The writer is shown cells in which a config lost points, with the grader's feedback (Pryzant et al. 2023,
 * "Automatic Prompt Optimization with 'Gradient Descent' and Beam Search"; Yuksekgonul et al. 2024, "TextGrad";
 * Agrawal et al. 2025, "GEPA").
 * - `reflect-prompt`: of a config that the search would have children of.
 * - `reflect-by-instance`: of a config drawn by how many instances it is best on, as in GEPA.
 * - `merge-prompts`: two prompts of one role, of configs that are each better on other instances, become one.
 */
export const draftOperators = ['reflect-prompt', 'reflect-by-instance', 'merge-prompts'] as const;
export type DraftOperator = (typeof draftOperators)[number];

/** The operator of the draft that a trial came of; `undefined` for any other trial. */
export function draftOperatorOf({ operator }: Origin): DraftOperator | undefined {
  return draftOperators.find((name) => name === operator);
}

/** One agent of a config. */
export interface DraftTarget {
  /** Path of its stage, for reading: `stages[1]`, `stages[0].stages[1]`. */
  readonly stage: string;
  /** Its position among all agents of the config (`agentsOf`). */
  readonly agent: number;
}

/**
 * A child that cannot be proposed yet, because a model must first write one of its prompts. The run has it
 * written and starts the trial, or tells the strategy why nothing came of it.
 */
export interface Draft {
  readonly kind: 'draft';
  readonly operator: DraftOperator;
  readonly parent: ConfigId;
  readonly target: DraftTarget;
  /** Of a merge: the agent of another config whose prompt is shown beside the target's. */
  readonly other?: { readonly parent: ConfigId; readonly target: DraftTarget };
  /** Of the config that comes of it. */
  readonly origin: Origin;
}

/** What came of a draft: the new prompt, or why there is none. */
export type DraftOutcome =
  | { readonly kind: 'written'; readonly prompt: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * A strategy that may also ask for drafts. The config of a written draft is shown to it by `asked`, and its
 * trial by `tell`, like any other's. Every {@link Strategy} is one that never drafts.
 */
export interface DraftingStrategy extends Omit<Strategy, 'ask'> {
  ask(rng: Rng): Proposal | Extension | Draft | 'wait' | 'exhausted';
  /** Replays an ask of an earlier process that was answered with this draft. */
  drafted?(draft: Draft): void;
  /** What came of the draft. @param tokens that the writer took; 0 where nobody was asked */
  draftFinished?(draft: Draft, outcome: DraftOutcome, tokens: number): void;
}

export function isDraft(asked: ReturnType<DraftingStrategy['ask']>): asked is Draft {
  return typeof asked === 'object' && 'kind' in asked && asked.kind === 'draft';
}
