import type { CallFailure } from '../models/chat-model.ts';
import { isRateLimited } from '../models/retry-policy.ts';
import type { RunEvent } from './events.ts';

/** What a run's events tell of the servers of its models. */
interface ModelRecord {
  sent: number;
  /** Requests that were refused for their pace, which is nothing odd. */
  limited: number;
  /** Other requests that the infrastructure failed, and the last of these failures. */
  failed: number;
  last: CallFailure | null;
  /** What was noted, by kind. */
  readonly notes: Map<string, string>;
}

/** A fold over a run's events: what its models' servers did that was odd. */
export class ServerRecord {
  readonly #models = new Map<string, ModelRecord>();
  readonly #open = new Map<number, string>();

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        this.#open.set(event.call, event.model);
        this.#of(event.model).sent++;
        return;
      case 'call-answered':
      case 'call-lost':
        this.#open.delete(event.call);
        return;
      case 'call-failed': {
        const { call, failure } = event;
        const model = this.#open.get(call);
        this.#open.delete(call);
        if (model === undefined || failure.cause !== 'infrastructure') return;
        const record = this.#of(model);
        if (isRateLimited(failure)) record.limited++;
        else {
          record.failed++;
          record.last = failure;
        }
        return;
      }
      case 'server-noted':
        this.#of(event.model).notes.set(event.note, event.text);
    }
  }

  /** Whether this is noted already. */
  knows(model: string, note: string): boolean {
    return this.#models.get(model)?.notes.has(note) === true;
  }

  /** Requests in all, and those that the infrastructure failed. */
  get totals(): { readonly sent: number; readonly failed: number } {
    const all = [...this.#models.values()];
    const sum = (of: (record: ModelRecord) => number): number => all.reduce((sum, one) => sum + of(one), 0);
    return { sent: sum(({ sent }) => sent), failed: sum(({ failed, limited }) => failed + limited) };
  }

  /** A line for each thing that is worth knowing, by model. */
  lines(): string[] {
    return [...this.#models].flatMap(([model, { notes }]) => [
      ...[...notes.values()].map((text) => `${model}: ${text}`),
      ...this.failures(model),
    ]);
  }

  /** A line for each model whose requests failed, or for one. */
  failures(only?: string): string[] {
    return [...this.#models].flatMap(([model, { sent, failed, last }]) => {
      if (last === null || (only !== undefined && model !== only)) return [];
      const words = last.message.replace(/\s+/g, ' ').slice(0, 200);
      return [`${model}: ${failed} of ${sent} requests failed, the last with ${last.code}: ${words}`];
    });
  }

  #of(model: string): ModelRecord {
    let record = this.#models.get(model);
    if (record === undefined) {
      record = { sent: 0, limited: 0, failed: 0, last: null, notes: new Map() };
      this.#models.set(model, record);
    }
    return record;
  }
}
