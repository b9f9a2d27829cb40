import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { InputError } from '../core/errors.ts';
import { oneLine } from '../core/one-line.ts';
import { beatMs, readRuns, readWorkers, type SeenPresence, sayRun, silentMs, takeOff } from './board.ts';
import { aheadMs, aheadText, areApart } from './clocks.ts';
import { JobClient } from './job-client.ts';
import { type Offer, offersModel, type WorkerPresence } from './job-schema.ts';
import { atMost, lastWord, type Server } from './server.ts';

/** How often a run that waits for its first workers looks for them, in ms. */
const lookMs = 500;
/** How long a look may take, in ms: it lasts as long as an outage of the server. */
const lookLastsMs = 2_000;
/** How often it says meanwhile that it waits, and for how much longer, in ms. */
const saidEveryMs = 15_000;
/** Work that nobody offers any more is named again after so long, then after twice as long each time, in ms. */
const toldAgainMs = 60_000;

export interface ClusterOptions {
  readonly server: Server;
  /** mixtune's version; workers of another do nothing for this run. */
  readonly version: string;
  /** What people know this process by; another may have the same name. */
  readonly run: string;
  /** Milliseconds since 1970, as this machine has them: what is put bears them. */
  readonly now: () => number;
  /** For durations: the machine's date may be set while it runs. */
  readonly clock: Pick<Clock, 'now'>;
  /** Told when no worker offers any more what the run waits for, and when one does again. */
  readonly onNotice?: (notice: string) => void;
}

/** A queue, and what all its workers together are. */
export interface OfferedQueue {
  readonly name: string;
  readonly offer: Offer;
  readonly slots: number;
}

/** A cluster as a run sees it: who is there, what they offer, and the way to them. */
export class Cluster {
  readonly jobs: JobClient;
  readonly #id = randomBytes(8).toString('hex');
  readonly #options: ClusterOptions;
  readonly #startedAt: number;
  /** What was ever offered stays known: workers go and come back. */
  readonly #queues = new Map<string, OfferedQueue>();
  readonly #keysInUse = new Map<string, number>();
  #workers: readonly WorkerPresence[] = [];
  /** Milliseconds that this machine's clock is ahead of the server's. */
  #aheadMs = 0;
  /** Workers that do nothing for this run, since their clocks are far from this machine's. */
  readonly #apart = new Set<string>();
  /** Versions of workers that do nothing for this run. */
  #others: readonly string[] = [];
  #runsByKey: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  /** Queues that lost their last worker: since when, and how old that is when it is next told. In ms. */
  readonly #deserted = new Map<string, { readonly since: number; readonly tellAfterMs: number }>();
  /** Whether the server took no jobs when it was last given one. */
  #isFull = false;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.jobs = new JobClient({
      ...options,
      slots: (queue) => this.#slotsNow(queue),
      onFull: (reason) => this.#tellFull(reason),
    });
  }

  /** Looks who is there, and from then on says every few seconds that this run is. */
  async open(): Promise<void> {
    await this.jobs.open();
    await this.#beat();
    this.#next();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.jobs.close();
    await lastWord(takeOff(this.#options.server, 'run', this.#id));
    await this.#options.server.close();
  }

  /** Queues whose workers offer a model, also of workers that have gone, in the order in which they came. */
  queuesOf(model: string, revision?: string): OfferedQueue[] {
    return [...this.#queues.values()].filter(
      ({ offer }) =>
        offersModel(offer, model) &&
        (revision === undefined || offer.kind !== 'key' || offer.revision === revision),
    );
  }

  /** Queues for gradings, that of the tier with most slots first. */
  gradingQueues(): (OfferedQueue & { readonly tier: string })[] {
    return [...this.#queues.values()]
      .flatMap((queue) => (queue.offer.kind === 'gradings' ? [{ ...queue, tier: queue.offer.tier }] : []))
      .sort((a, b) => this.#slotsNow(b.name) - this.#slotsNow(a.name));
  }

  /** Runs that use a key at present, this one included. */
  runsOnKey(fingerprint: string): number {
    return Math.max(1, this.#runsByKey.get(fingerprint) ?? 0);
  }

  /** A key is used now, and taken to be in use for a while. */
  usesKey(fingerprint: string): void {
    this.#keysInUse.set(fingerprint, this.#options.clock.now());
  }

  /**
   * Waits until somebody offers what is needed.
   * @throws InputError when nobody does in time
   */
  async waitFor(
    isThere: () => boolean,
    {
      source,
      needed,
      patienceMs,
    }: { readonly source: string; readonly needed: string; readonly patienceMs: number },
  ): Promise<void> {
    const { clock, onNotice } = this.#options;
    const since = clock.now();
    const worker = `a worker that offers ${needed} (mixtune worker --join, with the same MIXTUNE_CLUSTER_KEY)`;
    for (let sayAfterMs = 0; !isThere(); ) {
      const waitedMs = clock.now() - since;
      if (waitedMs >= patienceMs) throw new InputError(source, { expected: worker, found: this.#found() });
      if (waitedMs >= sayAfterMs) {
        const seconds = Math.ceil((patienceMs - waitedMs) / 1000);
        onNotice?.(`waiting for ${worker}, ${seconds} s at most; found ${this.#found()}`);
        sayAfterMs += saidEveryMs;
      }
      await sleep(lookMs);
      await atMost(lookLastsMs, this.#look());
    }
  }

  #found(): string {
    const names = this.#workers.flatMap(({ queues }) => queues.map(({ offer }) => offerText(offer)));
    const offered = names.length === 0 ? 'none' : `only such that offer ${[...new Set(names)].join(', ')}`;
    const others =
      this.#others.length === 0
        ? ''
        : `; workers of mixtune ${this.#others.join(', ')} do nothing for ${this.#options.version}`;
    const apart =
      this.#apart.size === 0 ? '' : `; the clocks of ${[...this.#apart].join(', ')} are not this machine's`;
    return offered + others + apart;
  }

  #slotsNow(queue: string): number {
    let slots = 0;
    for (const worker of this.#workers) {
      if (worker.leaving) continue;
      for (const each of worker.queues) if (each.name === queue) slots += each.slots;
    }
    return slots;
  }

  async #beat(): Promise<void> {
    const { server, version, run, now, clock } = this.#options;
    const keys = [...this.#keysInUse].filter(([, used]) => clock.now() - used < silentMs).map(([key]) => key);
    const state = { version, run, keys, host: hostname(), startedAt: this.#startedAt };
    this.#aheadMs = aheadMs(await sayRun(server, this.#id, { ...state, waiting: this.jobs.unanswered }, now));
    await this.jobs.keep();
    await this.#look();
  }

  async #look(): Promise<void> {
    const { server, version } = this.#options;
    const [all, runs] = await Promise.all([readWorkers(server), readRuns(server)]);
    const ours = all.filter((worker) => worker.version === version);
    const isApart = (worker: SeenPresence<WorkerPresence>): boolean =>
      areApart(worker.clockAheadMs, this.#aheadMs);
    this.#workers = ours.filter((worker) => !isApart(worker));
    this.#tellApart(ours.filter(isApart));
    this.#others = [...new Set(all.map((worker) => worker.version))].filter((other) => other !== version);
    const offered = this.#workers.flatMap(({ queues }) => queues);
    for (const { name, offer } of offered.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      this.#queues.set(name, { name, offer, slots: this.#slotsNow(name) });
    }
    const byKey = new Map<string, number>();
    for (const { keys } of runs) for (const key of keys) byKey.set(key, (byKey.get(key) ?? 0) + 1);
    this.#runsByKey = byKey;
    this.#tellDeserted();
    this.jobs.pump();
  }

  /** Each is told once, until its clock is right. */
  #tellApart(workers: readonly SeenPresence<WorkerPresence>[]): void {
    for (const { worker, host, clockAheadMs } of workers) {
      if (this.#apart.has(worker)) continue;
      const off = aheadText(clockAheadMs - this.#aheadMs);
      this.#options.onNotice?.(
        `the clock of worker ${worker} on ${host} is ${off} this machine's: it does nothing for this run until both are set (by NTP)`,
      );
    }
    this.#apart.clear();
    for (const { worker } of workers) this.#apart.add(worker);
  }

  #tellFull(reason: string | undefined): void {
    const { server, onNotice } = this.#options;
    const isFull = reason !== undefined;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const what = isFull ? `takes no jobs (${oneLine(reason)}): calls wait until it does` : 'takes jobs again';
    onNotice?.(`the server at ${server.url.shown} ${what}`);
  }

  #tellDeserted(): void {
    const { onNotice, clock } = this.#options;
    for (const { name, offer } of this.#queues.values()) {
      const wanted = this.jobs.wants(name);
      const gone = wanted && this.#slotsNow(name) === 0;
      const { since, tellAfterMs } = this.#deserted.get(name) ?? { since: clock.now(), tellAfterMs: 0 };
      const goneMs = clock.now() - since;
      if (gone && goneMs >= tellAfterMs) {
        this.#deserted.set(name, { since, tellAfterMs: Math.max(toldAgainMs, 2 * tellAfterMs) });
        const long = tellAfterMs === 0 ? '' : `, for ${Math.floor(goneMs / 60_000)} min now`;
        onNotice?.(`no worker offers ${offerText(offer)} any more${long}: what needs it waits`);
      } else if (!gone && this.#deserted.delete(name)) {
        if (wanted) onNotice?.(`a worker offers ${offerText(offer)} again`);
      }
    }
  }

  #next(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#beat()
        .catch(() => undefined)
        .then(() => this.#next());
    }, beatMs);
  }
}

/** For people. */
export function offerText(offer: Offer): string {
  if (offer.kind === 'gradings') return `gradings (${offer.tier})`;
  if (offer.kind === 'local') return offer.card.name;
  return offer.models === null ? `${offer.provider}/* at ${offer.revision}` : offer.models.join(', ');
}
