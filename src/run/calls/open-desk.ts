import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { Rng } from '../../core/rng.ts';
import type { Budget } from '../../domain/budget.ts';
import type { MoaOutcome } from '../../moa/types.ts';
import type { ChatModel, ModelCard } from '../../models/chat-model.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../../models/limits/retry-policy.ts';
import { createMemoryJournal, type Journal } from '../journal/journal.ts';
import { Recorder } from '../journal/recorder.ts';
import { CallDesk } from './call-desk.ts';
import type { SharedAnswers } from './kept-answers.ts';
import { Ledger } from './ledger.ts';
import type { Refusals } from './refusals.ts';
import { type ProviderLimits, Traffic } from './traffic.ts';

/** What calls go through on their way to a model. */
export interface OpenDeskOptions {
  /** Providers behind one router. */
  readonly model: ChatModel;
  readonly clock: Clock;
  /** Of the waits between tries. */
  readonly rng: Rng;
  /** Ends every call in flight. */
  readonly signal: AbortSignal;
  /** @defaultValue nothing is known of any model */
  readonly card?: (model: string) => ModelCard | undefined;
  /** Calls in flight at once. @defaultValue 256 */
  readonly concurrency?: number;
  /** Ceilings on what calls cost. @defaultValue none */
  readonly budget?: Budget;
  /** Of the providers' keys. @defaultValue learned from what servers say */
  readonly limits?: ProviderLimits;
  /** Answers of earlier calls, which are not paid again. @defaultValue none */
  readonly sharedAnswers?: SharedAnswers | undefined;
  /** Told why calls wait for long, and of models that stop answering and come back. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Tells when refusals mean that going on makes no sense. @defaultValue going on always does */
  readonly refusals?: Refusals;
  /** Told why going on makes no sense. @defaultValue nobody is told */
  readonly onRefused?: (error: Error) => void;
  /** Where it differs from that of a run, which has hours of patience. */
  readonly retry?: Partial<RetryPolicy>;
  /** See CallTurnsOptions. @defaultValue false */
  readonly lookAround?: boolean;
  /** @defaultValue one in memory */
  readonly journal?: Journal;
}

/** For calls that somebody waits for: minutes of patience, not hours. */
export const callersPolicy: RetryPolicy = {
  ...defaultRetryPolicy,
  maxRetryAfterMs: 600_000,
  patienceMs: 600_000,
  slowTries: 2,
};

/** A call desk for a command that is no run: with a history of its own, which by default nobody keeps. */
export function openDesk(options: OpenDeskOptions): CallDesk {
  const { model, clock, rng, signal, concurrency = 256, budget = {}, limits, sharedAnswers } = options;
  const { refusals, onRefused, retry, onNotice, lookAround, card = () => undefined } = options;
  const start = clock.now();
  const traffic = new Traffic({
    keys: (name) => model.keys?.(name) ?? 1,
    sharers: (name, key) => model.sharers?.(name, key) ?? 1,
    ...defined({ limits }),
  });
  const recorder = new Recorder(options.journal ?? createMemoryJournal(), {
    clock,
    now: () => clock.now() - start,
    durability: 'batched',
  });
  recorder.follow(traffic);
  return new CallDesk({
    ...{ provider: model, card, recorder, traffic, clock, rng, signal, concurrency },
    ledger: new Ledger(budget, recorder.state),
    ...defined({ shared: sharedAnswers, onNotice, refusals, onRefused, retry, lookAround }),
  });
}

/** Why a config gave no answer. Of a ceiling its call tells; to the engine that call was only cancelled. */
export function whyNoAnswer({ reason, trace }: Extract<MoaOutcome, { kind: 'no-answer' }>): string {
  const refused = trace.calls.find(({ failure }) => failure?.code.startsWith('budget-'));
  return refused?.failure?.message ?? reason;
}
