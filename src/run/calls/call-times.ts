import type { MoaConfig } from '../../domain/moa-config.ts';
import type { RunEvent } from '../journal/events.ts';
import { plannedByAgent } from './planned-calls.ts';

/** Answers of a model that are remembered: the load of others changes. */
const remembered = 40;
/** Answers from which a model's times are believed. */
const leastAnswers = 4;
/** A call that would come in sooner than this part of its model's calls is not expected any more. */
const soonest = 0.2;

/** The last service times of a model in ms. */
interface ModelTimes {
  readonly last: number[];
  mean: number;
  /** Reckoned when asked for; `undefined` after a further answer. */
  soon: number | undefined;
}

/** How long calls took from their sending to their answer, model by model. */
export class CallTimes {
  readonly #models = new Map<string, ModelTimes>();
  readonly #open = new Map<number, string>();

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        this.#open.set(event.call, event.model);
        return;
      case 'call-answered': {
        const model = this.#open.get(event.call);
        if (model !== undefined) this.#answered(model, event.serviceMs);
        this.#open.delete(event.call);
        return;
      }
      case 'call-failed':
      case 'call-lost':
        this.#open.delete(event.call);
    }
  }

  /** What a call of the model takes on average, in ms; 0 while nothing is known. */
  mean(model: string): number {
    return this.#models.get(model)?.mean ?? 0;
  }

  /** In which time, in ms, no more than a fifth of the model's calls are answered; 0 while too little is known. */
  soon(model: string): number {
    const times = this.#models.get(model);
    if (times === undefined || times.last.length < leastAnswers) return 0;
    if (times.soon === undefined) {
      const sorted = times.last.toSorted((a, b) => a - b);
      times.soon = sorted[Math.floor(soonest * sorted.length)] ?? 0;
    }
    return times.soon;
  }

  /** How long a slot is taken for one answer of the config, in ms: what its planned calls take, added up. */
  slotMs(config: MoaConfig): number {
    let ms = 0;
    for (const { agent, calls } of plannedByAgent(config)) ms += calls * this.mean(agent.model);
    return ms;
  }

  #answered(model: string, ms: number): void {
    const times = this.#models.get(model) ?? { last: [], mean: 0, soon: undefined };
    this.#models.set(model, times);
    times.last.push(ms);
    if (times.last.length > remembered) times.last.shift();
    times.mean = times.last.reduce((sum, each) => sum + each, 0) / times.last.length;
    times.soon = undefined;
  }
}
