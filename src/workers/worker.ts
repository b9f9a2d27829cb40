import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker as BullWorker } from 'bullmq';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import type { PythonSandbox } from '../grading/grader.ts';
import { failedOutcome } from '../models/abort.ts';
import type { ChatModel, ChatOutcome } from '../models/chat-model.ts';
import { furtherRequest } from '../models/limits/retry-policy.ts';
import {
  beatMs,
  count,
  giveAnswer,
  isAlive,
  keepQueues,
  readAnswers,
  sayWorker,
  takeOff,
  tellAnswered,
} from './board.ts';
import { ClockGate } from './clock-gate.ts';
import { clockSkewMs } from './clocks.ts';
import {
  idPattern,
  isExpired,
  type JobAnswer,
  jobValidMs,
  type Offer,
  parseAs,
  refusalOf,
  type WorkerJob,
} from './job-schema.ts';
import { insist, lastWord, type Server } from './server.ts';

/** How long a worker that is asked to end waits for what it does, in ms. */
const graceMs = 120_000;
/** How long it then waits for what it broke off to be told, in ms. */
const endedMs = 10_000;
/** How often another worker's job is looked at, in ms. */
const lookMs = 500;
/** A worker is taken to be dead when it was not heard of for so many looks. */
const deadLooks = 8;
/** A job can be put anew and its envelope be seen again for so long, in ms. */
const rememberedMs = jobValidMs + 2 * clockSkewMs;

/** Something that a worker does for runs. */
export interface OfferedWork {
  readonly offer: Offer;
  /** Jobs at once. */
  readonly slots: number;
}

export interface WorkerOptions {
  readonly server: Server;
  /** mixtune's own. */
  readonly version: string;
  readonly host: string;
  readonly work: readonly OfferedWork[];
  readonly model: ChatModel;
  /** How one key of a provider is asked for: its number by its fingerprint. */
  readonly account: (fingerprint: string) => number;
  readonly sandbox: PythonSandbox | undefined;
  /** Milliseconds since 1970, as this machine has them: jobs of another time are refused. */
  readonly now: () => number;
  /** For durations: the machine's date may be set while it runs. */
  readonly clock: Pick<Clock, 'now'>;
  /** Told what is worth a line. */
  readonly onLine: (line: string) => void;
}

/** The queue of an offer: workers of other versions, keys, endpoints, models or tiers have other queues. */
export function queueOf({ key }: Pick<Server, 'key'>, version: string, offer: Offer): string {
  if (offer.kind === 'gradings') return `gradings-${key.name([version, offer.tier], 16)}`;
  if (offer.kind === 'local') return `local-${key.name([version, offer.card.name, offer.revision], 16)}`;
  const { provider, revision, fingerprint, models } = offer;
  return `key-${key.name([version, provider, revision, fingerprint, JSON.stringify(models)], 16)}`;
}

interface OpenQueue extends OfferedWork {
  readonly name: string;
  readonly bull: BullWorker;
  busy: number;
}

/** Does what runs ask for: calls with keys of its own, gradings in sandboxes of its own. */
export class JobWorker {
  readonly id = randomBytes(8).toString('hex');
  readonly #options: WorkerOptions;
  readonly #queues: OpenQueue[] = [];
  /** Envelopes that were served here, and until when a copy could be taken for new. */
  readonly #served = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  readonly #gate: ClockGate;
  readonly #startedAt: number;
  #idleSince: number;
  #leaving = false;
  #done = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#gate = new ClockGate({
      ...{ server: options.server, onLine: options.onLine },
      take: async (isRight) => {
        for (const { bull } of this.#queues) await (isRight ? bull.resume() : bull.pause(true));
      },
    });
    this.#startedAt = options.now();
    this.#idleSince = options.clock.now();
  }

  async open(): Promise<void> {
    const { server, version, work } = this.#options;
    for (const each of work) {
      const name = queueOf(server, version, each.offer);
      const bull = server.worker(name, (job) => this.#take(queue, job), { slots: each.slots });
      const queue: OpenQueue = { ...each, name, bull, busy: 0 };
      bull.on('failed', (job, error) => void this.#failed(name, job?.data, error).catch(() => undefined));
      this.#queues.push(queue);
      await bull.waitUntilReady();
    }
    await this.#say();
    this.#beat();
    // After an outage others would take this worker for dead until its next word.
    server.redis.on('ready', () => void this.#say().catch(() => undefined));
  }

  /** Milliseconds since the last job ended; 0 while one is under way. */
  get idleMs(): number {
    return this.#queues.some(({ busy }) => busy > 0) ? 0 : this.#options.clock.now() - this.#idleSince;
  }

  get done(): number {
    return this.#done;
  }

  /**
   * Takes no more jobs; resolves when those under way have ended, or have had their time. A server that is away
   * keeps only a worker that has answers for it.
   */
  async close(): Promise<void> {
    const { server, clock } = this.#options;
    this.#leaving = true;
    clearTimeout(this.#timer);
    await lastWord(this.#say());
    const until = clock.now() + graceMs;
    const isAway = (): boolean => server.redis.status !== 'ready';
    while (isAway() && this.idleMs === 0 && clock.now() < until) await sleep(lookMs);
    // BullMQ would wait for its last words to a server that is away.
    const force = isAway();
    const ended = new AbortController();
    await Promise.race([
      Promise.all(this.#queues.map(({ bull }) => bull.close(force))),
      sleep(Math.max(0, until - clock.now()), undefined, { signal: ended.signal }).catch(() => undefined),
    ]);
    ended.abort();
    this.#ending.abort(new Error('the worker ends'));
    await lastWord(Promise.allSettled(this.#underWay.values()), endedMs);
    await lastWord(takeOff(server, 'worker', this.id));
  }

  async #take(queue: OpenQueue, job: { readonly data: unknown }): Promise<void> {
    queue.busy++;
    try {
      await this.#serve(queue, job.data);
    } finally {
      queue.busy--;
      this.#done++;
      this.#idleSince = this.#options.clock.now();
    }
  }

  async #serve({ name, offer }: OpenQueue, data: unknown): Promise<void> {
    const { server, version, now } = this.#options;
    const id = isRecord(data) ? data.id : undefined;
    const sealed = isRecord(data) ? data.sealed : undefined;
    // Without a name there is nobody to answer.
    if (typeof id !== 'string' || !idPattern.test(id) || typeof sealed !== 'string') return;
    const opened = server.key.open({ kind: 'job', id, where: name }, sealed);
    if (!opened.ok) return this.#refuse(id, 'the job is forged or altered, or of another cluster key');
    const { text, mark } = opened.value;
    const parsed = parseAs('job', text);
    if (!parsed.ok) return this.#refuse(id, `the job is of another form (${parsed.error})`);
    const job = parsed.value;
    const reason = refusalOf(job, { version, offer, now: now() });
    if (reason !== undefined) return this.#refuse(id, reason, isExpired(job, now()));
    const underWay = this.#underWay.get(mark);
    // The lock ran out while the server was away, and the job came here again.
    if (underWay !== undefined) return underWay;
    const serving = this.#unlessAnswered(id, mark, job, offer);
    this.#underWay.set(mark, serving);
    await serving.finally(() => this.#underWay.delete(mark));
  }

  async #unlessAnswered(id: string, mark: string, job: WorkerJob, offer: Offer): Promise<void> {
    const { server } = this.#options;
    const { redis, keys } = server;
    const begin = () => redis.set(keys.begun(mark), this.id, 'PX', rememberedMs, 'NX');
    const [[answer], begun] = await Promise.all([readAnswers(server, [id]), this.#insist(begin)]);
    if (answer !== undefined) return tellAnswered(server, id);
    if (this.#wasServed(mark)) return this.#refuse(id, 'the job is a copy of one that was done here before');
    if (begun !== 'OK') {
      const taken = await this.#takeOver(id, mark, job);
      if (!taken) return;
    }
    this.#served.set(mark, this.#options.clock.now() + rememberedMs);
    const given = await this.#do(job, offer);
    // Paid for: a server without room for it is waited for.
    const first = await this.#insist(() => giveAnswer(server, id, given));
    if (!first && given.kind === 'call') await count(server, 'paidTwice');
  }

  /**
   * Another worker has begun the job. While it lives its answer is waited for; once it is gone a grading is done
   * again, and of a call is said that it is lost, since it has perhaps been paid: whether to ask again, and pay for
   * it, is for the run to decide, which keeps the budget.
   * @returns whether the job is to be done here
   */
  async #takeOver(id: string, mark: string, job: WorkerJob): Promise<boolean> {
    const { server } = this.#options;
    const { redis, keys } = server;
    for (let missed = 0; missed < deadLooks; ) {
      const [[answer], other] = await Promise.all([readAnswers(server, [id]), redis.get(keys.begun(mark))]);
      if (answer !== undefined) {
        await tellAnswered(server, id);
        return false;
      }
      missed = other !== null && other !== this.id && (await isAlive(server, other)) ? 0 : missed + 1;
      await sleep(lookMs);
      if (this.#ending.signal.aborted) return false;
    }
    await redis.set(keys.begun(mark), this.id, 'PX', rememberedMs);
    if (job.body.kind === 'grading') return true;
    const reason = 'the worker that made the call died before its answer was kept';
    if (await giveAnswer(server, id, { kind: 'lost', worker: this.id, reason })) await count(server, 'lost');
    return false;
  }

  #insist<Value>(send: () => Promise<Value>): Promise<Value> {
    return insist(send, { waits: () => !this.#ending.signal.aborted });
  }

  #wasServed(mark: string): boolean {
    const now = this.#options.clock.now();
    // Marks are kept in the order in which they came, which is that in which they end.
    for (const [old, until] of this.#served) {
      if (until > now) break;
      this.#served.delete(old);
    }
    return this.#served.has(mark);
  }

  async #do({ body }: WorkerJob, offer: Offer): Promise<JobAnswer> {
    const { model, sandbox, account } = this.#options;
    const { signal } = this.#ending;
    const worker = this.id;
    if (body.kind === 'grading') {
      const outcome =
        (await sandbox?.run(body.job, { signal })) ??
        ({ kind: 'unavailable', reason: 'the worker has no sandbox' } as const);
      return { kind: 'grading', worker, outcome };
    }
    const outcome = await model.complete(body.request, {
      signal,
      ...(offer.kind === 'key' ? { key: account(offer.fingerprint) } : {}),
      // A further request is paid for by the run, which then asks again.
      onFurtherRequest: async (failure): Promise<ChatOutcome> =>
        failedOutcome({ ...failure, code: furtherRequest, retryable: true }),
    });
    if (outcome.kind === 'failed' && outcome.failure.cause === 'aborted')
      return { kind: 'lost', worker, reason: 'the worker was ended before the answer came' };
    return { kind: 'call', worker, outcome };
  }

  async #refuse(id: string, reason: string, expired = false): Promise<void> {
    const { server, onLine } = this.#options;
    if (!expired) {
      onLine(`refused a job: ${reason}`);
      await count(server, 'refused');
    }
    await giveAnswer(server, id, { kind: 'refused', worker: this.id, reason, expired });
  }

  /** The job stalled too often, or the worker has a fault: who waits is told. */
  async #failed(queue: string, data: unknown, error: Error): Promise<void> {
    const { server, onLine } = this.#options;
    const id = isRecord(data) ? data.id : undefined;
    if (typeof id !== 'string' || !idPattern.test(id)) return;
    // The server was away for longer than the lock holds: what was done is answered all the same.
    if (this.#isAnsweredElsewhere(error)) return;
    const reason = `the job was begun and not ended too often (${messageOf(error)})`;
    onLine(`${queue}: ${reason}`);
    await giveAnswer(server, id, { kind: 'lost', worker: this.id, reason });
  }

  #isAnsweredElsewhere(error: Error): boolean {
    return /lock/i.test(error.message) && !/stalled/i.test(error.message);
  }

  async #say(): Promise<void> {
    const { server, version, host, now } = this.#options;
    const state = {
      ...{ version, host, worker: this.id, startedAt: this.#startedAt },
      ...{ leaving: this.#leaving, done: this.#done },
      queues: this.#queues.map(({ name, offer, slots, busy }) => ({ name, offer, slots, busy })),
    };
    const look = await sayWorker(server, state, now);
    await keepQueues(
      server,
      this.#queues.map(({ name }) => name),
    );
    if (!this.#leaving) await this.#gate.pass(look);
  }

  #beat(): void {
    if (this.#leaving) return;
    this.#timer = setTimeout(() => {
      void this.#say()
        .catch(() => undefined)
        .then(() => this.#beat());
    }, beatMs);
  }
}
