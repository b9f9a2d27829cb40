import type { Spent } from '../../domain/budget.ts';
import { type Budget, type Ceiling, countedBy, isOver, spendingCeilingsOf } from '../../domain/budget.ts';
import { defaultMaxTokens } from '../../models/call-key.ts';
import type { ChatRequest, ModelCard } from '../../models/chat-model.ts';
import { priceOf } from '../../models/chat-model.ts';
import type { EndReason, Reservation } from '../journal/events.ts';
import type { RunState } from '../run-state.ts';

/** What is set aside for measuring the front at the end. */
export interface KeepBack extends Spent {
  readonly usd: number;
}

export const nothingKeptBack: KeepBack = { calls: 0, tokensIn: 0, tokensOut: 0, usd: 0, seconds: 0 };

/** What is spent and reserved, as a ledger reads it. */
export type Account = Pick<RunState, 'calls' | 'tokensIn' | 'tokensOut' | 'usd' | 'reserved'>;

/** Whether calls in flight may leave room below a ceiling: they usually take less than they reserve, but of calls and time no less. */
export const givesBack = (ends: EndReason): boolean => ends !== 'calls' && ends !== 'time';

/** The ceilings of a run, held against what its state says is spent and reserved. */
export class Ledger {
  readonly #ceilings: readonly Ceiling<keyof Spent>[];
  readonly #state: Account;
  readonly #maxSeconds: number | undefined;
  /** Whether it has a ceiling of which calls in flight may give something back ({@link givesBack}). */
  readonly mayGiveBack: boolean;

  constructor(budget: Budget, state: Account) {
    this.#ceilings = spendingCeilingsOf(budget);
    this.#state = state;
    this.#maxSeconds = budget.maxSeconds;
    this.mayGiveBack = this.#ceilings.some(({ ends }) => givesBack(ends));
  }

  /** The ceiling that a further call of this worst case would break, or `undefined` when it fits. */
  broken(worst: Reservation, now: number, keptBack: KeepBack = nothingKeptBack): EndReason | undefined {
    const { calls, tokensIn, tokensOut, usd, reserved } = this.#state;
    const then: Spent = {
      calls: calls + 1 + keptBack.calls,
      tokensIn: tokensIn + reserved.tokensIn + worst.tokensIn + keptBack.tokensIn,
      tokensOut: tokensOut + reserved.tokensOut + worst.tokensOut + keptBack.tokensOut,
      // An unpriced model under a ceiling in dollars is refused when the run starts.
      usd: usd === null || worst.usd === null ? null : usd + reserved.usd + worst.usd + keptBack.usd,
      seconds: now / 1000 + keptBack.seconds,
    };
    return this.#ceilings.find((ceiling) => isOver(ceiling, countedBy(ceiling, then)))?.ends;
  }

  /** Whether the time is over sooner than in so many ms. */
  endsWithin(ms: number, now: number): boolean {
    return this.#maxSeconds !== undefined && now + ms >= 1000 * this.#maxSeconds;
  }

  /** The ceiling that work of this expected size would break; for starting cells, not calls. */
  wouldBreak(work: KeepBack, now: number, keptBack: KeepBack): EndReason | undefined {
    const kept = {
      calls: keptBack.calls + work.calls - 1,
      tokensIn: keptBack.tokensIn + work.tokensIn,
      tokensOut: keptBack.tokensOut + work.tokensOut,
      usd: keptBack.usd + work.usd,
      seconds: keptBack.seconds,
    };
    return this.broken({ tokensIn: 0, tokensOut: 0, usd: 0 }, now, kept);
  }
}

/**
 * The most a request can cost. A token is at least one byte of UTF-8, and chat templates add a few
 * tokens a message, so bytes bound the input from above whatever the tokenizer.
 */
export function worstCase(request: ChatRequest, card: ModelCard | undefined): Reservation {
  const bytes = request.messages.reduce((sum, message) => sum + Buffer.byteLength(message.content) + 16, 16);
  const tokensIn = card?.contextTokens == null ? bytes : Math.min(bytes, card.contextTokens);
  const tokensOut = request.maxTokens ?? defaultMaxTokens;
  const usd = priceOf(card?.price ?? null, { inputTokens: tokensIn, outputTokens: tokensOut });
  return { tokensIn, tokensOut, usd };
}
