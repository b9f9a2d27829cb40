import type { MoaConfig } from '../../domain/moa-config.ts';
import { defaultMaxTokens } from '../../models/call-key.ts';
import { type ModelCard, priceOf } from '../../models/chat-model.ts';
import type { Reservation, RunEvent, RunEventOf } from '../journal/events.ts';
import { plannedByAgent } from './planned-calls.ts';
import { larger, type Overruns, reservationOf } from './reservations.ts';

/** Tokens and US dollars; what has no price counts as none, since a ceiling on dollars is refused with it. */
export interface Cost {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number;
}

/** Answered calls of agents of one model. */
interface ModelCosts {
  readonly answered: number;
  /** What they took together, and each on average: that is asked for far more often than it changes. */
  readonly sum: Cost;
  readonly mean: Cost;
  /** The most input that was reserved for one. */
  readonly mostIn: number;
}

const nothing: Cost = { tokensIn: 0, tokensOut: 0, usd: 0 };
const unknown: ModelCosts = { answered: 0, sum: nothing, mean: nothing, mostIn: 0 };

/** What calls of agents cost so far, model by model: by it the calls of a config are reckoned before they are made. */
export class CallCosts {
  readonly #models = new Map<string, ModelCosts>();
  readonly #open = new Map<number, { readonly model: string; readonly reserved: Reservation }>();
  /** The most that was reserved for a judge's call, figure by figure. */
  #judge: Reservation | null = null;

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        this.#dispatched(event);
        return;
      case 'call-answered': {
        const model = this.#open.get(event.call)?.model;
        if (model === undefined) return;
        const { mostIn, ...before } = this.#of(model);
        const { inputTokens: tokensIn, outputTokens: tokensOut } = event.usage;
        const sum = plus(before.sum, { tokensIn, tokensOut, usd: event.usd ?? 0 });
        const answered = before.answered + 1;
        this.#models.set(model, { answered, sum, mean: times(sum, 1 / answered), mostIn });
        this.#open.delete(event.call);
        return;
      }
      case 'call-failed':
      case 'call-lost':
        this.#open.delete(event.call);
    }
  }

  /**
   * What one more cell of a config takes: usually, of each call what its model's took on average; and `beyond` that the
   * most that has to be free for a moment, since the worst case of a call is reserved before it is sent (a judge's call
   * may be the dearest).
   * @param card a model's price and context window
   * @param overruns what calls took beyond their worst case
   */
  ofCell(
    config: MoaConfig,
    card: (model: string) => ModelCard | undefined,
    overruns: Overruns,
  ): { readonly usual: Cost; readonly beyond: Cost } {
    let usual: Cost = nothing;
    let beyond: Cost = this.#judge === null ? nothing : costOf(this.#judge);
    for (const { agent, calls } of plannedByAgent(config)) {
      const { model, maxTokens: tokensOut = defaultMaxTokens } = agent;
      const { mostIn, mean } = this.#of(model);
      const price = card(model)?.price ?? null;
      const usd = priceOf(price, { inputTokens: mostIn, outputTokens: tokensOut });
      const worst = costOf(reservationOf({ overruns }, model, { tokensIn: mostIn, tokensOut, usd }));
      usual = plus(usual, times(mean, calls));
      beyond = largest(beyond, plus(worst, times(mean, -1)));
    }
    return { usual, beyond };
  }

  /** By how much agents' calls in flight reserve more than their models' took on average; of a new model nothing is known. */
  beyondInFlight(): Cost {
    let [tokensIn, tokensOut, usd] = [0, 0, 0];
    for (const { model, reserved } of this.#open.values()) {
      const { answered, mean } = this.#of(model);
      if (answered === 0) continue;
      tokensIn += Math.max(0, reserved.tokensIn - mean.tokensIn);
      tokensOut += Math.max(0, reserved.tokensOut - mean.tokensOut);
      usd += Math.max(0, (reserved.usd ?? 0) - mean.usd);
    }
    return { tokensIn, tokensOut, usd };
  }

  #of(model: string): ModelCosts {
    return this.#models.get(model) ?? unknown;
  }

  #dispatched({ call, model, purpose, reserved }: RunEventOf<'call-dispatched'>): void {
    if (purpose === 'judge') this.#judge = larger(this.#judge, reserved);
    // What writes prompts is asked otherwise than agents are.
    if (purpose !== 'agent') return;
    this.#open.set(call, { model, reserved });
    const known = this.#of(model);
    if (reserved.tokensIn > known.mostIn) this.#models.set(model, { ...known, mostIn: reserved.tokensIn });
  }
}

const costOf = ({ tokensIn, tokensOut, usd }: Reservation): Cost => ({ tokensIn, tokensOut, usd: usd ?? 0 });

const plus = (a: Cost, b: Cost): Cost => ({
  tokensIn: a.tokensIn + b.tokensIn,
  tokensOut: a.tokensOut + b.tokensOut,
  usd: a.usd + b.usd,
});

/** So many times each. */
export const times = ({ tokensIn, tokensOut, usd }: Cost, by: number): Cost => ({
  tokensIn: tokensIn * by,
  tokensOut: tokensOut * by,
  usd: usd * by,
});

const largest = (a: Cost, b: Cost): Cost => ({
  tokensIn: Math.max(a.tokensIn, b.tokensIn),
  tokensOut: Math.max(a.tokensOut, b.tokensOut),
  usd: Math.max(a.usd, b.usd),
});
