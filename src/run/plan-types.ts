import type { Rng } from '../core/rng.ts';
import type { Budget } from '../domain/budget.ts';
import type { Cell } from '../domain/cell.ts';
import type { Task } from '../domain/task.ts';
import type { ModelCard } from '../models/chat-model.ts';
import type { SearchLoop } from '../search/loop.ts';
import type { NextCell } from '../search/scheduling/types.ts';
import type { SearchSpace } from '../search/space.ts';
import type { Draft } from '../search/writing/index.ts';
import type { Ledger } from './calls/ledger.ts';
import type { Recorder } from './journal/recorder.ts';

export interface PlanOptions {
  readonly recorder: Recorder;
  readonly loop: SearchLoop;
  readonly ledger: Ledger;
  readonly task: Task;
  readonly budget: Budget;
  /** Calls in flight at once. */
  readonly concurrency: number;
  readonly rng: Rng;
  /** Tuning cells that every member of the final front gets, of all that could be asked. */
  readonly finishCells: readonly Cell[];
  readonly holdoutRepeats: number;
  readonly headlineRepeats: number;
  readonly endShare: number | undefined;
  /** Calls that earlier runs made for what this one begins with. */
  readonly earlierCalls: number;
  readonly space: SearchSpace;
  /** What is known of a model. */
  readonly card: (model: string) => ModelCard | undefined;
  /** Whether a model is taken to be down at present. */
  readonly isDown: (model: string) => boolean;
  /** Whether a model's own limit is below what so many slots could send it. */
  readonly isPaced: (model: string) => boolean;
  /** Models whose calls would only wait at present. */
  readonly heldBack: () => ReadonlySet<string>;
}

export type NextWork =
  | ({ readonly kind: 'cell' } & NextCell)
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };
