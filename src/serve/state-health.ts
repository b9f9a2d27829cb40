import { err, ok, type Result } from '../core/result.ts';
import type { ApiError } from '../models/api-error.ts';
import { type ServeStore, StateWriteError } from './store.ts';

/** How long what a look at the state found is gone by, in ms: anybody may ask for `/readyz`. */
const lookMs = 1_000;

/** What a client is told where the state must be written and cannot be. */
const stateUnavailable: ApiError = {
  status: 503,
  code: 'state_unavailable',
  message: 'The server cannot write down what it must remember; ask again later (its log tells why)',
  retryAfter: 10,
};

export interface StateHealthOptions {
  readonly store: ServeStore;
  /** In ms. */
  readonly now: () => number;
  /** Told what keeps the state from being written, once until it is mended. */
  readonly onTrouble: (error: StateWriteError) => void;
  /** Told that it is mended. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** Whether the state takes what is written to it. */
export class StateHealth {
  readonly #options: StateHealthOptions;
  #isBroken = false;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: StateHealthOptions) {
    this.#options = options;
  }

  /**
   * Writes to the state.
   * @returns what the work gives; an error where the state cannot be written at present
   * @throws what else goes wrong
   */
  attempt<Value>(work: () => Value): Result<Value, ApiError> {
    let value: Value;
    try {
      value = work();
    } catch (error) {
      if (!(error instanceof StateWriteError)) throw error;
      if (!this.#isBroken) this.#options.onTrouble(error);
      this.#isBroken = true;
      return err(stateUnavailable);
    }
    if (this.#isBroken) this.#options.onNotice?.('what the server remembers is written again');
    this.#isBroken = false;
    return ok(value);
  }

  /** Whether it can be written, tried now where that was not done within the last second. */
  get isWritable(): boolean {
    const { store, now } = this.#options;
    if (now() - this.#lookedAt >= lookMs) {
      this.#lookedAt = now();
      this.attempt(() => store.tryWriting());
    }
    return !this.#isBroken;
  }
}
