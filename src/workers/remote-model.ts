import { groupBy } from '../core/group-by.ts';
import type { PythonOutcome, PythonSandbox, PythonScriptJob } from '../grading/grader.ts';
import { abortedOutcome, failedOutcome } from '../models/abort.ts';
import { callKey } from '../models/call-key.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest, ModelCard } from '../models/chat-model.ts';
import { pricedAt } from '../models/priced.ts';
import { worstCase } from '../run/calls/ledger.ts';
import type { Cluster, OfferedQueue } from './cluster.ts';
import type { ClusterKey } from './cluster-key.ts';
import type { JobResult } from './job-client.ts';
import { death } from './server.ts';

export interface RemoteModelOptions {
  readonly cluster: Cluster;
  readonly key: ClusterKey;
  /** With the run's own prices: what a call cost is reckoned here, whatever prices a worker knows. */
  readonly card: (model: string) => ModelCard | undefined;
  /** Where a hosted model is asked, as its calls' revision; `undefined` for models that only workers know. */
  readonly endpoint: (model: string) => string | undefined;
  /** Calls of runs that use each other's answers have the same scope; others none of which may find those of another. */
  readonly scope: string;
}

/** Models whose calls are made by workers. */
export class RemoteModel implements ChatModel {
  readonly #options: RemoteModelOptions;
  /** Workers that died over a call, by its key. */
  readonly #deaths = new Map<string, number>();

  constructor(options: RemoteModelOptions) {
    this.#options = options;
  }

  revision(model: string): string {
    const { cluster, endpoint } = this.#options;
    const [queue] = cluster.queuesOf(model, endpoint(model));
    if (queue?.offer.kind === 'local') return queue.offer.revision;
    return endpoint(model) ?? '';
  }

  keys(model: string): number {
    return Math.max(1, this.#byKey(model).length);
  }

  /** Hosted models share their servers with the run's other calls; local ones answer one after the other. */
  slowsUnderLoad(model: string): boolean {
    return this.#byKey(model).some(([queue]) => queue?.offer.kind === 'key');
  }

  sharers(model: string, account: number): number {
    const offer = this.#queueFor(model, account)?.offer;
    return offer?.kind === 'key' ? this.#options.cluster.runsOnKey(offer.fingerprint) : 1;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    const { cluster } = this.#options;
    const { signal, priority = 0, attempt = 0, onDelta } = options;
    if (signal?.aborted === true) return abortedOutcome();
    const queue = this.#queueFor(request.model, options.key ?? 0);
    if (queue === undefined) return noWorker(request.model);
    if (queue.offer.kind === 'key') cluster.usesKey(queue.offer.fingerprint);
    const revision = this.revision(request.model);
    const job = {
      id: this.#idOf(request, attempt),
      queue: queue.name,
      priority,
      again: false,
      body: { kind: 'call', request, revision },
    } as const;
    const outcome = this.#outcome(request, await cluster.jobs.ask(job, signal));
    if (outcome.kind === 'answered' && outcome.response.text !== '') onDelta?.(outcome.response.text);
    return outcome;
  }

  settled(request: ChatRequest, attempt: number, outcome: ChatOutcome): void {
    this.#options.cluster.jobs.settled(this.#idOf(request, attempt), outcome.kind === 'answered');
  }

  #idOf(request: ChatRequest, attempt: number): string {
    const { key, scope } = this.#options;
    return key.name(['call', scope, callKey(request, this), String(attempt)]);
  }

  /** Of each key the queues that offer the model. */
  #byKey(model: string): OfferedQueue[][] {
    const { cluster, endpoint } = this.#options;
    const queues = cluster.queuesOf(model, endpoint(model));
    return [...groupBy(queues, ({ offer }) => (offer.kind === 'key' ? offer.fingerprint : '')).values()];
  }

  #queueFor(model: string, account: number): OfferedQueue | undefined {
    const byKey = this.#byKey(model);
    const queues = byKey[Math.min(account, byKey.length - 1)] ?? [];
    return queues.reduce<OfferedQueue | undefined>(
      (most, queue) => (most === undefined || queue.slots > most.slots ? queue : most),
      undefined,
    );
  }

  #outcome(request: ChatRequest, result: JobResult): ChatOutcome {
    if (result.kind === 'aborted') return abortedOutcome();
    if (result.kind === 'not-put') return trouble('workers-unavailable', result.reason);
    const { answer } = result;
    if (answer.kind === 'lost') return this.#lost(request, answer.reason);
    if (answer.kind === 'refused') return trouble('worker-refused', answer.reason);
    if (answer.kind === 'grading')
      return trouble('worker-refused', 'a worker answered a call with a grading');
    return pricedAt(answer.outcome, this.#options.card(request.model)?.price ?? null);
  }

  /** What it cost is not known: its worst case counts. */
  #lost(request: ChatRequest, reason: string): ChatOutcome {
    const key = callKey(request, this);
    const deaths = (this.#deaths.get(key) ?? 0) + 1;
    this.#deaths.set(key, deaths);
    const { tokensIn, tokensOut, usd } = worstCase(request, this.#options.card(request.model));
    return failedOutcome({
      cause: 'infrastructure',
      code: 'worker-lost',
      message: deaths < death.stalls ? reason : `${reason}; so did ${deaths - 1} before it`,
      retryable: deaths < death.stalls,
      usage: { inputTokens: tokensIn, outputTokens: tokensOut, estimated: true },
      usd,
      serviceMs: 0,
    });
  }
}

function noWorker(model: string): ChatOutcome {
  return trouble('no-worker', `no worker offers ${model}`);
}

/** Nothing was paid: nobody had begun. */
function trouble(code: string, message: string): ChatOutcome {
  return failedOutcome({ cause: 'infrastructure', code, message, retryable: true, serviceMs: 0 });
}

/** Python for graders, in the sandboxes of workers. */
export class RemoteSandbox implements PythonSandbox {
  readonly tier: string;
  readonly #cluster: Cluster;
  readonly #key: ClusterKey;
  readonly #queue: string;
  #put = 0;

  constructor(
    cluster: Cluster,
    key: ClusterKey,
    { name, tier }: { readonly name: string; readonly tier: string },
  ) {
    this.tier = tier;
    this.#cluster = cluster;
    this.#key = key;
    this.#queue = name;
  }

  async run(job: PythonScriptJob, options: { readonly signal?: AbortSignal } = {}): Promise<PythonOutcome> {
    const { signal } = options;
    if (signal?.aborted === true) return { kind: 'unavailable', reason: 'aborted' };
    const id = this.#key.name(['grading', this.tier, JSON.stringify(job)]);
    const asked = { id, queue: this.#queue, again: true, priority: this.#put++ };
    const body = { kind: 'grading', tier: this.tier, job } as const;
    const result = await this.#cluster.jobs.ask({ ...asked, body }, signal);
    if (result.kind === 'aborted') return { kind: 'unavailable', reason: 'aborted' };
    if (result.kind === 'not-put') return { kind: 'unavailable', reason: result.reason };
    const { answer } = result;
    const isGraded = answer.kind === 'grading' && answer.outcome.kind !== 'unavailable';
    this.#cluster.jobs.settled(id, isGraded);
    if (answer.kind === 'grading') return answer.outcome;
    const reason = answer.kind === 'call' ? 'a worker answered a grading with a call' : answer.reason;
    return { kind: 'unavailable', reason };
  }

  /** The sandboxes are the workers'. */
  async close(): Promise<void> {}
}
