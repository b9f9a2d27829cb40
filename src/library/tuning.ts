import type { FrontFile, FrontMember, Progress } from '../domain/run-result.ts';

/** What a tuning run came to. */
export interface TuningResult extends Omit<FrontFile, 'best'> {
  /** The run's id, for `mixtune answer`, `reproduce`, `report` and the others. */
  readonly run: string;
  readonly folder: string;
  /** The best config, what was measured of it on tuning and holdout questions: the same as `mixtune show` means. */
  readonly best: FrontMember;
}

/**
 * A tuning run at work. It is awaited for its result, and iterated for its progress; whoever iterates slowly
 * gets the newest, not every one.
 */
export class Tuning implements PromiseLike<TuningResult>, AsyncIterable<Progress> {
  readonly #result: Promise<TuningResult>;
  readonly #stop: AbortController;
  #newest: Progress | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  /** @param work gets a signal to stop by, and whom to tell of progress */
  constructor(
    work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<TuningResult>,
  ) {
    this.#stop = new AbortController();
    this.#result = work(this.#stop.signal, (progress) => {
      this.#newest = progress;
      this.#wake?.();
    }).finally(() => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** Ends politely: calls in flight are cancelled, the result is that of what was measured (`ended: interrupted`). */
  stop(): void {
    this.#stop.abort(new Error('interrupted'));
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is awaited for its result
  then<Value = TuningResult, Failure = never>(
    onResult?: ((result: TuningResult) => Value | PromiseLike<Value>) | null,
    onError?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.#result.then(onResult, onError);
  }

  /** Ends when the run ends; throws what the run throws. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void> {
    while (true) {
      if (this.#newest !== undefined) {
        const newest = this.#newest;
        this.#newest = undefined;
        yield newest;
      } else if (this.#ended) {
        await this.#result;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
