import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { InstalledModel } from './library.ts';
import type { LocalSettings } from './settings.ts';
import { type ModelWorker, ModelWorkerProcess } from './worker-process.ts';

export interface HostOptions extends LocalSettings {
  readonly clock: Clock;
  /** node-llama-cpp's entry file. */
  readonly runtime: string;
  /** Default: a process each. */
  readonly createWorker?: () => ModelWorker;
}

/** What came of a piece of work: its result, or why no worker did it. */
export type HostOutcome<Value> =
  | { readonly kind: 'worked'; readonly value: Value }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'too-large' | 'cannot-load'; readonly message: string };

interface Waiting {
  readonly model: InstalledModel;
  readonly priority: number;
  /** How often a later request for a loaded model went first. */
  passedOver: number;
  readonly start: (worker: Worker | null) => void;
}

/** A loaded (or loading) model. */
interface Worker {
  readonly model: InstalledModel;
  readonly process: ModelWorker;
  readonly loaded: Promise<unknown>;
  /** Of this process: expected, and measured once it is loaded. */
  memoryBytes: number;
  busy: boolean;
  /** Number of the last work, for "longest unused". */
  lastUse: number;
}

/** Requests for loaded models that may pass one whose model would displace another. */
const mostPassedOver = 8;
const loadLimitMs = 300_000;

/**
 * The machine's capacity for local models. At most `lanes` works at a time over all models, so that the
 * time of one says nothing of the others; the lowest priority number first, equal ones in order. Models
 * stay loaded within the memory limit; the one longest unused makes room.
 */
export class LocalHost {
  readonly #options: HostOptions;
  readonly #waiting: Waiting[] = [];
  readonly #workers = new Set<Worker>();
  /** Memory that a model took when it was last loaded, by its checksum. */
  readonly #measured = new Map<string, number>();
  #running = 0;
  #uses = 0;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** Names of the models in memory, the one used last first. */
  get loaded(): readonly string[] {
    return [...this.#workers].sort((a, b) => b.lastUse - a.lastUse).map((worker) => worker.model.name);
  }

  /** Does the work on a worker that has the model, when its turn comes. Rejects only if the work does. */
  async run<Value>(
    model: InstalledModel,
    call: { readonly priority: number; readonly signal?: AbortSignal | undefined },
    work: (worker: ModelWorker) => Promise<Value>,
  ): Promise<HostOutcome<Value>> {
    if (this.#need(model) > this.#options.memoryBytes)
      return tooLarge(model, this.#need(model), this.#options);
    const worker = await this.#turn(model, call.priority, call.signal);
    if (worker === null) return { kind: 'aborted' };
    try {
      const problem = await this.#ready(worker);
      if (problem !== null) return { kind: 'cannot-load', message: problem };
      if (call.signal?.aborted === true) return { kind: 'aborted' };
      return { kind: 'worked', value: await work(worker.process) };
    } finally {
      this.#release(worker);
    }
  }

  /** Ends all workers; what they were doing ends as a death of the process. */
  async close(): Promise<void> {
    const workers = [...this.#workers];
    for (const { process } of workers) process.kill();
    await Promise.all(workers.map(({ process }) => process.ended));
  }

  /** Resolves to a worker reserved for the caller, or to `null` when aborted while waiting. */
  #turn(model: InstalledModel, priority: number, signal: AbortSignal | undefined): Promise<Worker | null> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        model,
        priority,
        passedOver: 0,
        start: (worker) => {
          stopWatching();
          resolve(worker);
        },
      };
      let stopWatching = (): void => undefined;
      this.#waiting.push(waiting);
      stopWatching = onAbort(signal, () => {
        const at = this.#waiting.indexOf(waiting);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        resolve(null);
      });
      this.#advance();
    });
  }

  #release(worker: Worker): void {
    worker.busy = false;
    if (!worker.process.alive) this.#workers.delete(worker);
    this.#running--;
    this.#advance();
  }

  #advance(): void {
    while (this.#running < this.#options.lanes) {
      const next = this.#next();
      if (next === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      const worker = this.#idle(next.model) ?? this.#load(next.model);
      worker.busy = true;
      worker.lastUse = ++this.#uses;
      this.#running++;
      next.start(worker);
    }
  }

  /** Whose turn it is; `undefined` when nobody's that could be served now. */
  #next(): Waiting | undefined {
    const priority = Math.min(...this.#waiting.map((each) => each.priority));
    const equals = this.#waiting.filter((each) => each.priority === priority);
    const head = equals[0];
    if (head === undefined) return undefined;
    if (this.#idle(head.model) !== undefined || this.#free() >= this.#need(head.model)) return head;
    // Serving the head means displacing a model. Requests for models at hand go first for a while:
    // else two models that do not fit together would be loaded anew for every single call.
    const atHand = equals.find((each) => this.#idle(each.model) !== undefined);
    if (atHand !== undefined && head.passedOver < mostPassedOver) {
      head.passedOver++;
      return atHand;
    }
    return this.#free() + this.#displaceable() >= this.#need(head.model) ? head : undefined;
  }

  #idle(model: InstalledModel): Worker | undefined {
    return [...this.#workers].find(
      (worker) => !worker.busy && worker.process.alive && worker.model.sha256 === model.sha256,
    );
  }

  #free(): number {
    let free = this.#options.memoryBytes;
    for (const worker of this.#workers) free -= worker.memoryBytes;
    return free;
  }

  #displaceable(): number {
    return [...this.#workers].reduce((sum, worker) => (worker.busy ? sum : sum + worker.memoryBytes), 0);
  }

  /** Bytes that the model takes: as measured, else its weights and a guess for what is computed on. */
  #need(model: InstalledModel): number {
    return this.#measured.get(model.sha256) ?? model.bytes * 1.2 + 300 * 2 ** 20;
  }

  #load(model: InstalledModel): Worker {
    const need = this.#need(model);
    const idle = [...this.#workers].filter((worker) => !worker.busy).sort((a, b) => a.lastUse - b.lastUse);
    for (const worker of idle) {
      if (this.#free() >= need) break;
      worker.process.kill();
      this.#workers.delete(worker);
    }
    const process = this.#options.createWorker?.() ?? new ModelWorkerProcess();
    const { runtime, contextTokens, sequences, threads } = this.#options;
    const loaded = process.load({ runtime, file: model.file, contextTokens, sequences, threads });
    const worker: Worker = { model, process, loaded, memoryBytes: need, busy: true, lastUse: 0 };
    loaded.then(
      ({ memoryBytes }) => {
        worker.memoryBytes = memoryBytes;
        this.#measured.set(model.sha256, memoryBytes);
      },
      // Whoever uses the worker sees it; see #ready.
      () => undefined,
    );
    void process.ended.then(() => this.#workers.delete(worker));
    this.#workers.add(worker);
    return worker;
  }

  /** `null` once the worker's model is loaded, else what was wrong; then the worker is given up. */
  async #ready(worker: Worker): Promise<string | null> {
    const stopWaiting = this.#options.clock.after(loadLimitMs, () => worker.process.kill());
    try {
      await worker.loaded;
      return null;
    } catch (error) {
      worker.process.kill();
      this.#workers.delete(worker);
      return messageOf(error);
    } finally {
      stopWaiting();
    }
  }
}

function tooLarge(model: InstalledModel, need: number, { memoryBytes }: HostOptions): HostOutcome<never> {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
  return {
    kind: 'too-large',
    message: `local/${model.name} needs about ${megabytes(need)} of memory, and local models may take ${megabytes(memoryBytes)} (MIXTUNE_LOCAL_MEMORY)`,
  };
}
