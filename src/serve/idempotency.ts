import { sha256 } from '../core/canonical-json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ApiError } from '../models/api-error.ts';
import type { Running, ServedAnswer } from './service.ts';

/** How long an answer can be had again under its key, in ms, and how many are kept. */
const keptMs = 24 * 3_600_000;
const mostKept = 2_000;

/** A request that others with the same key and body may join. */
export interface Shared {
  readonly running: Running;
  /** One fewer waits for it; when none does, its calls are ended. */
  leave(): void;
}

interface Entry {
  readonly body: string;
  readonly at: number;
  readonly running: Running;
  readonly abort: () => void;
  waiting: number;
}

/** Requests by the `Idempotency-Key` of whoever asked. */
export class Idempotency {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The request under this key, joined; `undefined` where there is none; an error where its body was another. */
  join(owner: string, key: string, body: string): Result<Shared | undefined, ApiError> {
    const entry = this.#entries.get(nameOf(owner, key));
    if (entry === undefined || this.#now() - entry.at > keptMs) return ok(undefined);
    if (entry.body !== sha256(body)) {
      return err({
        status: 409,
        code: 'idempotency_conflict',
        message: `The Idempotency-Key "${key.slice(0, 100)}" stands for another body`,
        param: 'Idempotency-Key',
      });
    }
    entry.waiting++;
    return ok(this.#shared(entry));
  }

  /** @param abort ends the request's calls, if any are left. */
  keep(owner: string, key: string, body: string, running: Running, abort: () => void): Shared {
    const name = nameOf(owner, key);
    const entry: Entry = { body: sha256(body), at: this.#now(), running, abort, waiting: 1 };
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const forget = (): void => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    running.outcome.then((result: Result<ServedAnswer, ApiError>) => {
      // What failed may be asked again under the same key.
      if (!result.ok) forget();
    }, forget);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= mostKept) break;
      this.#entries.delete(oldest);
    }
    return this.#shared(entry);
  }

  #shared(entry: Entry): Shared {
    let left = false;
    return {
      running: entry.running,
      leave: () => {
        if (left) return;
        left = true;
        entry.waiting--;
        if (entry.waiting === 0) entry.abort();
      },
    };
  }
}

function nameOf(owner: string, key: string): string {
  return JSON.stringify([owner, key]);
}
