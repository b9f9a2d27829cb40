import { onAbort } from '../../core/abort.ts';
import { messageOf } from '../../core/errors.ts';
import type { PythonOutcome, PythonSandbox, PythonScriptJob } from '../grader.ts';
import type { LaunchPlan } from './launch.ts';
import { guardsFor } from './time-guard.ts';
import { encodeJob, type WireJob } from './wire.ts';
import { WorkerProcess } from './worker-process.ts';

const defaultTimeLimitMs = 5_000;
const longestTimeLimitMs = 3_600_000;
/**
 * A worker that does not start is tried again this often before the waiting jobs are told. Until one starts, later ones
 * are told after one try: each may take the whole time that a worker has to start.
 */
const startAttempts = 3;
/** What jobs may leave behind in a worker's process, compiled code included, is bounded by ending it. */
const jobsPerWorker = 2_000;
const growthPerWorker = 192 * 1_048_576;

interface Waiting {
  readonly job: WireJob;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: PythonOutcome) => void;
  attempts: number;
  /** Whether no other job may run beside it: the machine decided over it once. */
  alone: boolean;
}

interface Seat {
  readonly worker: WorkerProcess;
  state: 'starting' | 'idle' | 'busy';
  jobs: number;
  /** Bytes of memory it held when it was ready, where that is known. */
  bytesAtStart: number | null;
}

export interface PoolOptions {
  readonly tier: string;
  readonly workers: number;
  /** Called once, before the first worker starts; may take seconds when the snapshot is made. */
  readonly plan: () => Promise<LaunchPlan>;
}

/** First in, first out over warm workers, which start with the first job. */
export class PythonPool implements PythonSandbox {
  readonly tier: string;
  readonly #workers: number;
  readonly #makePlan: () => Promise<LaunchPlan>;
  #plan: Promise<LaunchPlan> | null = null;
  readonly #queue: Waiting[] = [];
  readonly #seats = new Set<Seat>();
  #launching = 0;
  #failedStarts = 0;
  #unsettled = 0;
  #keepAlive: NodeJS.Timeout | null = null;
  #runsAlone = false;
  #closed = false;

  constructor(options: PoolOptions) {
    this.tier = options.tier;
    this.#workers = options.workers;
    this.#makePlan = options.plan;
  }

  /** @throws RangeError, TypeError for a job that is itself malformed, never for what its program does. */
  run(job: PythonScriptJob, options: { readonly signal?: AbortSignal } = {}): Promise<PythonOutcome> {
    const timeLimitMs = job.timeLimitMs ?? defaultTimeLimitMs;
    if (!(timeLimitMs > 0 && timeLimitMs <= longestTimeLimitMs)) {
      throw new RangeError(`timeLimitMs: expected 0 < ms <= ${longestTimeLimitMs}, found ${timeLimitMs}`);
    }
    const wire = encodeJob(job, timeLimitMs);
    if (this.#closed) return Promise.resolve(unavailable('the Python sandbox is closed'));
    const { signal } = options;
    if (signal?.aborted) return Promise.resolve(unavailable('aborted'));
    return new Promise((resolve) => {
      const waiting: Waiting = {
        job: wire,
        signal,
        attempts: 0,
        alone: false,
        resolve: (outcome) => {
          stopListening();
          this.#count(-1);
          resolve(outcome);
        },
      };
      const stopListening = onAbort(signal, () => this.#drop(waiting));
      this.#count(1);
      this.#queue.push(waiting);
      this.#pump();
    });
  }

  /** Ends all workers. Jobs under way and later ones are `unavailable`. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#failQueue('the Python sandbox was closed');
    const seats = [...this.#seats];
    for (const seat of seats) seat.worker.kill();
    this.#count(1);
    await Promise.all(seats.map((seat) => seat.worker.ended));
    this.#count(-1);
  }

  /** While a job waits, this process must not end under it; warm workers alone do not hold it. */
  #count(change: number): void {
    this.#unsettled += change;
    if (this.#unsettled > 0) this.#keepAlive ??= setInterval(() => {}, 2 ** 30);
    else if (this.#keepAlive) {
      clearInterval(this.#keepAlive);
      this.#keepAlive = null;
    }
  }

  #drop(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    waiting.resolve(unavailable('aborted'));
  }

  #failQueue(reason: string): void {
    for (const waiting of this.#queue.splice(0)) waiting.resolve(unavailable(reason));
  }

  #pump(): void {
    for (const seat of this.#seats) {
      if (seat.state !== 'idle') continue;
      const waiting = this.#takeNext();
      if (!waiting) break;
      void this.#serve(seat, waiting);
    }
    const starting = this.#launching + [...this.#seats].filter((seat) => seat.state === 'starting').length;
    const room = this.#workers - this.#seats.size - this.#launching;
    for (let i = 0; i < Math.min(room, this.#queue.length - starting); i++) void this.#start();
  }

  /** The job whose turn it is, unless it, or one that runs, is to have the machine for itself. */
  #takeNext(): Waiting | undefined {
    if (this.#runsAlone) return undefined;
    const isBusy = [...this.#seats].some((seat) => seat.state === 'busy');
    if (this.#queue[0]?.alone && isBusy) return undefined;
    return this.#queue.shift();
  }

  async #serve(seat: Seat, waiting: Waiting): Promise<void> {
    seat.state = 'busy';
    seat.jobs++;
    waiting.attempts++;
    this.#runsAlone = waiting.alone;
    const guards = guardsFor(waiting.job.limitMs);
    const outcome = await seat.worker.run(waiting.job, guards, waiting.signal);
    if (waiting.alone) this.#runsAlone = false;
    if (outcome.kind !== 'lost' && outcome.kind !== 'undecided') waiting.resolve(outcome);
    else if (this.#closed) waiting.resolve(unavailable('the Python sandbox was closed'));
    else if (waiting.attempts < 2) {
      waiting.alone = outcome.kind === 'undecided';
      this.#queue.unshift(waiting);
    } else waiting.resolve(unavailable(outcome.reason));
    if (seat.worker.alive && seat.jobs < jobsPerWorker && !hasGrown(seat)) {
      seat.state = 'idle';
    } else {
      seat.worker.kill();
      this.#seats.delete(seat);
      // Warm again before the next job comes.
      void this.#start();
    }
    this.#pump();
  }

  async #start(): Promise<void> {
    if (this.#closed || this.#seats.size + this.#launching >= this.#workers) return;
    this.#launching++;
    let seat: Seat | null = null;
    try {
      seat = await this.#launch();
      if (!seat) return;
      await seat.worker.ready();
      seat.state = 'idle';
      seat.bytesAtStart = seat.worker.residentBytes;
      this.#failedStarts = 0;
    } catch (error) {
      // One that was ended since it hung may be some time in going, and is in nobody's place.
      if (seat) this.#seats.delete(seat);
      this.#onFailedStart(error);
    }
    this.#pump();
  }

  async #launch(): Promise<Seat | null> {
    try {
      this.#plan ??= this.#makePlan();
      const plan = await this.#plan;
      if (this.#closed) return null;
      const seat: Seat = { worker: new WorkerProcess(plan), state: 'starting', jobs: 0, bytesAtStart: null };
      this.#seats.add(seat);
      void seat.worker.ended.then(() => this.#forget(seat));
      return seat;
    } finally {
      this.#launching--;
    }
  }

  /** It did not start, or was killed from outside while idle. A busy one is seen to by `#serve`. */
  #forget(seat: Seat): void {
    if (seat.state !== 'busy') this.#seats.delete(seat);
  }

  #onFailedStart(error: unknown): void {
    if (this.#closed) return;
    // Perhaps the snapshot was removed or damaged: look again.
    this.#plan = null;
    if (++this.#failedStarts < startAttempts) return;
    this.#failQueue(
      `the Python sandbox (${this.tier}) could not start, see mixtune doctor: ${messageOf(error)}`,
    );
  }
}

function hasGrown({ worker, bytesAtStart }: Seat): boolean {
  const bytes = worker.residentBytes;
  return bytes !== null && bytesAtStart !== null && bytes > bytesAtStart + growthPerWorker;
}

function unavailable(reason: string): PythonOutcome {
  return { kind: 'unavailable', reason };
}
