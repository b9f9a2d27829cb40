import type { Queue } from 'bullmq';
import { onAbort } from '../core/abort.ts';
import { messageOf } from '../core/errors.ts';
import { remembered } from '../core/remembered.ts';
import { giveAnswer, keepQueues, letGo, queueMs, readAnswers } from './board.ts';
import type { JobAnswer, JobBody } from './job-schema.ts';
import { insist, type Server } from './server.ts';

/** How often jobs that are not answered are looked for, in ms: a message may have been missed. */
const sweepMs = 5_000;
/** Jobs that a run has put and that are not answered, for each slot of its queue. */
const putPerSlot = 1.5;
/**
 * A job that was not on the server for so many looks is gone: where the server forgot it, the worker that has
 * begun it may need a while to come back and hand over what it was paid for.
 */
const goneLooks = 4;
/** A job that is gone from the server without an answer is put again this often. */
const mostPuts = 3;

export interface JobRequest {
  /** What the job is, see {@link ClusterKey.name}: equal jobs have equal ids. */
  readonly id: string;
  readonly queue: string;
  readonly body: JobBody;
  /** The lower goes first where jobs of this run wait for each other. */
  readonly priority: number;
  /** Whether a job of which nothing is known any more may be done again: not where that costs. */
  readonly again: boolean;
}

export interface JobClientOptions {
  readonly server: Server;
  readonly version: string;
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Jobs that all workers of a queue do at once; 0 where there is none. */
  readonly slots: (queue: string) => number;
  /** Told why the server takes no jobs at present, and when it does again. */
  readonly onFull: (reason: string | undefined) => void;
}

export type JobResult =
  | {
      readonly kind: 'answer';
      readonly answer: JobAnswer;
      /** True where it was there before the job was put. */
      readonly had: boolean;
    }
  | { readonly kind: 'aborted' }
  /** The server did not take the job. */
  | { readonly kind: 'not-put'; readonly reason: string };

interface Waiting extends JobRequest {
  readonly resolve: (result: JobResult) => void;
  state: 'held' | 'putting' | 'put' | 'ended';
  puts: number;
  /** How often in a row it was not on the server when looked for. */
  missed: number;
}

/** Puts jobs on the server's queues and awaits their answers. */
export class JobClient {
  readonly #options: JobClientOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #held = new Map<string, Waiting[]>();
  readonly #putCount = new Map<string, number>();
  #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: JobClientOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { server } = this.#options;
    const subscriber = server.another();
    subscriber.on('message', (_channel: string, id: string) => this.#hear(id));
    await subscriber.subscribe(server.keys.answered);
    this.#nextSweep();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Jobs put and not answered, by queue. */
  get unanswered(): Record<string, number> {
    return Object.fromEntries([...this.#putCount].filter(([, count]) => count > 0));
  }

  /** Says that the queues in use are so; the jobs that wait on them are kept by looking for them. */
  keep(): Promise<void> {
    return keepQueues(this.#options.server, this.#queues.keys());
  }

  /** Whether anything waits for a queue's workers. */
  wants(queue: string): boolean {
    return (this.#putCount.get(queue) ?? 0) > 0 || (this.#held.get(queue)?.length ?? 0) > 0;
  }

  ask(request: JobRequest, signal: AbortSignal | undefined): Promise<JobResult> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        ...request,
        state: 'held',
        puts: 0,
        missed: 0,
        resolve: (result) => {
          stopListening();
          resolve(result);
        },
      };
      const same = this.#waiting.get(request.id) ?? new Set();
      this.#waiting.set(request.id, same.add(waiting));
      const stopListening = onAbort(signal, () => void this.#giveUp(waiting));
      this.#hold(waiting);
    });
  }

  /** The answer of a job is where nothing takes it away. */
  settled(id: string, isAnswer: boolean): void {
    if (!this.#closed) void letGo(this.#options.server, id, isAnswer).catch(() => undefined);
  }

  /** Lets waiting jobs go to workers that have come. */
  pump(): void {
    for (const queue of this.#held.keys()) this.#pumpQueue(queue);
  }

  #hold(waiting: Waiting): void {
    waiting.state = 'held';
    const held = remembered(this.#held, waiting.queue, () => []);
    const at = held.findIndex(({ priority }) => priority > waiting.priority);
    held.splice(at < 0 ? held.length : at, 0, waiting);
    this.#pumpQueue(waiting.queue);
  }

  #pumpQueue(queue: string): void {
    const held = this.#held.get(queue) ?? [];
    const most = Math.ceil(putPerSlot * this.#options.slots(queue));
    while (held.length > 0 && (this.#putCount.get(queue) ?? 0) < most) {
      const next = held.shift();
      if (next === undefined) break;
      this.#changeCount(queue, 1);
      next.state = 'putting';
      void this.#put(next).catch((error: unknown) => this.#failed(next, error));
    }
  }

  async #put(waiting: Waiting): Promise<void> {
    const { server, version, run, now, onFull } = this.#options;
    const { id, queue, body } = waiting;
    // Answered while this run, or another that asked the same, was not there.
    if (waiting.puts === 0 && (await this.#collect([id], true)).length > 0) return;
    if (waiting.state !== 'putting') return;
    const sealed = server.seal({ kind: 'job', id, where: queue }, { version, run, putAt: now(), body });
    waiting.puts++;
    const name = jobName(waiting);
    await insist(() => this.#queue(queue).add('job', { id, sealed }, { jobId: name }), {
      waits: () => !this.#closed && this.#waits(waiting),
      onFull,
    });
    onFull(undefined);
    // A job whose run dies now, and that no worker takes, goes all the same.
    await server.redis.pexpire(server.keys.queue(queue, name), queueMs);
    if (waiting.state === 'putting') waiting.state = 'put';
  }

  #waits(waiting: Waiting): boolean {
    return this.#waiting.get(waiting.id)?.has(waiting) === true;
  }

  #failed(waiting: Waiting, error: unknown): void {
    this.#end(waiting, { kind: 'not-put', reason: messageOf(error) });
  }

  #queue(name: string): Queue {
    const known = this.#queues.get(name) ?? this.#options.server.queue(name);
    this.#queues.set(name, known);
    return known;
  }

  /** Many answers that come in one turn are fetched together. */
  #hear(id: string): void {
    if (!this.#waiting.has(id)) return;
    if (this.#told.size === 0) setImmediate(() => void this.#fetchTold().catch(() => undefined));
    this.#told.add(id);
  }

  async #fetchTold(): Promise<void> {
    const ids = [...this.#told];
    this.#told = new Set();
    await this.#collect(ids, false);
  }

  /** The ids of those that were answered. */
  async #collect(ids: readonly string[], had: boolean): Promise<string[]> {
    const answers = await readAnswers(this.#options.server, ids);
    return ids.filter((id, at) => {
      const answer = answers[at];
      if (answer === undefined) return false;
      for (const waiting of this.#waiting.get(id) ?? []) this.#answered(waiting, answer, had);
      return true;
    });
  }

  #answered(waiting: Waiting, answer: JobAnswer, had: boolean): void {
    if (answer.kind === 'refused' && answer.expired && waiting.puts < mostPuts) {
      void this.#putAgain(waiting).catch((error: unknown) => this.#failed(waiting, error));
      return;
    }
    this.#end(waiting, { kind: 'answer', answer, had });
  }

  /** Under another name, since the server may still have the old one's. */
  async #putAgain(waiting: Waiting): Promise<void> {
    if (waiting.state === 'putting') return;
    waiting.state = 'putting';
    waiting.missed = 0;
    waiting.puts = Math.max(1, waiting.puts);
    await letGo(this.#options.server, waiting.id, false);
    await this.#put(waiting);
  }

  #end(waiting: Waiting, result: JobResult): void {
    const same = this.#waiting.get(waiting.id);
    if (same?.delete(waiting) !== true) return;
    if (same.size === 0) this.#waiting.delete(waiting.id);
    const held = this.#held.get(waiting.queue) ?? [];
    const at = held.indexOf(waiting);
    if (at >= 0) held.splice(at, 1);
    else this.#changeCount(waiting.queue, -1);
    waiting.state = 'ended';
    waiting.resolve(result);
    this.#pumpQueue(waiting.queue);
  }

  #changeCount(queue: string, change: number): void {
    this.#putCount.set(queue, (this.#putCount.get(queue) ?? 0) + change);
  }

  /** What waits is taken off the queue; what is begun goes on, and its answer stays for who asks again. */
  async #giveUp(waiting: Waiting): Promise<void> {
    const { server, run } = this.#options;
    const { id, state, queue } = waiting;
    const shared = (this.#waiting.get(id)?.size ?? 0) > 1;
    const name = jobName(waiting);
    this.#end(waiting, { kind: 'aborted' });
    if (state === 'held' || shared || this.#closed) return;
    const removed = await this.#queue(queue)
      .remove(name)
      .catch(() => 0);
    if (removed !== 1) return;
    // Another run may wait for the same.
    const reason = 'the run that had put the job gave it up';
    await giveAnswer(server, id, { kind: 'refused', worker: run, reason, expired: true }).catch(() => false);
  }

  #nextSweep(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#sweep()
        .catch(() => undefined)
        .then(() => this.#nextSweep());
    }, sweepMs);
  }

  /** Fetches answers whose message was missed, and looks for jobs that the server no longer has. */
  async #sweep(): Promise<void> {
    const { server } = this.#options;
    const put = [...this.#waiting.values()].flatMap((same) =>
      [...same].filter(({ state }) => state === 'put'),
    );
    if (put.length === 0) return;
    const there = await Promise.all(
      put.map((waiting) => server.redis.pexpire(server.keys.queue(waiting.queue, jobName(waiting)), queueMs)),
    );
    // A job goes after its answer came: looked for in this order, one that has neither is gone.
    await this.#collect([...new Set(put.map(({ id }) => id))], false);
    for (const [at, waiting] of put.entries()) {
      if (!this.#waits(waiting)) continue;
      waiting.missed = there[at] === 1 ? 0 : waiting.missed + 1;
      if (waiting.missed >= goneLooks) await this.#vanished(waiting);
    }
  }

  async #vanished(waiting: Waiting): Promise<void> {
    if (waiting.again && waiting.puts < mostPuts) {
      await this.#putAgain(waiting);
      return;
    }
    const reason = 'the server lost the job: whether a worker had begun it is not known';
    this.#end(waiting, { kind: 'answer', answer: { kind: 'lost', worker: '', reason }, had: false });
  }
}

/** As BullMQ knows it; the first put of a job has the same name whoever puts it. */
function jobName({ id, puts }: Pick<Waiting, 'id' | 'puts'>): string {
  return puts <= 1 ? id : `${id}-${puts}`;
}
