import { onAbort } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { keysOf } from '../../core/records.ts';
import type { ChatRequest } from '../chat-model.ts';
import { serverName } from '../model-names.ts';
import { type Dialect, type DialectFeature, featuresOf, fullDialect } from './openai-dialect.ts';

/** What is known of a server's dialect for one model. */
export interface KnownDialect {
  readonly dialect: Dialect;
  /** Parts of the API that the server has taken at least once. */
  readonly proven: readonly DialectFeature[];
}

/** Where dialects outlive the process. Failing to read or write is no failure: they are found out anew. */
export interface DialectStore {
  /** @param endpoint the base URL without secrets. @param model the server's own name of the model. */
  get(endpoint: string, model: string): KnownDialect | undefined;
  put(endpoint: string, model: string, known: KnownDialect): void;
}

export interface DialectBookOptions {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly store?: DialectStore;
  /** Told of a model's dialect when an answer has confirmed something new about it that departs from the full API. */
  readonly onLearned?: (model: string, dialect: Dialect) => void;
}

/** Longest that a call waits for another one's findings. */
const patienceMs = 10_000;

/**
 * The dialects of one endpoint's models. A call that uses something of the API that the server has not
 * been seen to take goes ahead alone; equal newcomers wait until it is answered or has failed, so that a
 * refusal is paid for once. What was learned counts only when an answer has confirmed it.
 */
export class DialectBook {
  readonly known = new Map<string, KnownDialect>();
  readonly #options: DialectBookOptions;
  readonly #scouts = new Map<string, { readonly done: Promise<void>; readonly end: () => void }>();
  readonly #asked = new Set<string>();

  constructor(options: DialectBookOptions) {
    this.#options = options;
  }

  of(model: string): KnownDialect {
    const known = this.known.get(model);
    if (known !== undefined) return known;
    // Asked once: what another process learns meanwhile, this one learns by itself.
    const stored = this.#asked.has(model)
      ? undefined
      : this.#options.store?.get(this.#options.endpoint, serverName(model));
    this.#asked.add(model);
    if (stored !== undefined) this.known.set(model, stored);
    return stored ?? nothingKnown;
  }

  /** Resolves when the call may be sent; at once for a server that has taken all of it before. */
  async enter(request: ChatRequest, model: string, signal?: AbortSignal): Promise<DialectTalk> {
    const { clock } = this.#options;
    const deadline = clock.now() + patienceMs;
    for (;;) {
      const { dialect, proven } = this.of(model);
      const isNew = featuresOf(request, dialect).some((feature) => !proven.includes(feature));
      if (!isNew) return new DialectTalk(this, model, dialect);
      const scout = this.#scouts.get(model);
      if (scout === undefined) return new DialectTalk(this, model, dialect, this.#sendScout(model));
      const patience = deadline - clock.now();
      if (patience <= 0 || signal?.aborted === true) return new DialectTalk(this, model, dialect);
      await waitFor(scout.done, clock, patience, signal);
    }
  }

  confirm(model: string, changes: Partial<Dialect>, request: ChatRequest): void {
    const before = this.of(model);
    // Merged, not replaced: another call may have learned something else meanwhile.
    const dialect = { ...before.dialect, ...changes };
    const proven = [...new Set([...before.proven, ...featuresOf(request, dialect)])].sort();
    const changed = keysOf(changes).some((part) => dialect[part] !== before.dialect[part]);
    if (!changed && proven.length === before.proven.length && this.known.has(model)) return;
    const known = { dialect, proven };
    this.known.set(model, known);
    this.#options.store?.put(this.#options.endpoint, serverName(model), known);
    if (changed) this.#options.onLearned?.(model, dialect);
  }

  #sendScout(model: string): () => void {
    let end = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      end = () => {
        this.#scouts.delete(model);
        resolve();
      };
    });
    this.#scouts.set(model, { done, end });
    return end;
  }
}

const nothingKnown: KnownDialect = { dialect: fullDialect, proven: [] };

/** One call's talk with the server: what it sends, and what it learns on the way. */
export class DialectTalk {
  readonly #book: DialectBook;
  readonly #model: string;
  readonly #tried = new Set<string>();
  #changes: Partial<Dialect> = {};
  #end: (() => void) | undefined;
  #base: Dialect;
  #accepted = false;

  constructor(book: DialectBook, model: string, dialect: Dialect, end?: () => void) {
    this.#book = book;
    this.#model = model;
    this.#base = dialect;
    this.#end = end;
  }

  get dialect(): Dialect {
    return { ...this.#base, ...this.#changes };
  }

  /** Takes a refusal into account; false when that leads back to what the server has refused already. */
  adapt(change: Partial<Dialect>): boolean {
    this.#tried.add(JSON.stringify(this.dialect));
    // Others may have learned something since; a refusal of ours may be theirs too.
    this.#base = this.#book.of(this.#model).dialect;
    this.#changes = { ...this.#changes, ...change };
    return !this.#tried.has(JSON.stringify(this.dialect));
  }

  /** The server has taken the request as it was sent. */
  accepted(request: ChatRequest): void {
    if (this.#accepted) return;
    this.#accepted = true;
    this.#book.confirm(this.#model, this.#changes, request);
    this.leave();
  }

  /** Lets others go ahead, whatever came of the call. */
  leave(): void {
    this.#end?.();
    this.#end = undefined;
  }
}

async function waitFor(
  done: Promise<void>,
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const over = new AbortController();
  const stopListening = onAbort(signal, () => over.abort('given up'));
  const late = clock.sleep(ms, over.signal).catch(() => undefined);
  await Promise.race([done, late]);
  stopListening();
  over.abort('over');
}
