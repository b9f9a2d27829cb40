import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { suggest } from '../core/suggest.ts';
import { abortedOutcome, callFailure, failedOutcome } from '../models/abort.ts';
import { sampleSeed } from '../models/call-key.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ModelCard,
  Usage,
} from '../models/chat-model.ts';
import { CallWatch } from '../models/limits/call-watch.ts';
import { ThinkSplitter } from '../models/openai/think-splitter.ts';
import { LocalHost } from './host.ts';
import type { InstalledModel } from './library.ts';
import type { Runtime } from './runtime.ts';
import type { LocalSettings } from './settings.ts';
import type { ModelWorker, WorkerEnd } from './worker-process.ts';

export interface LocalModelOptions {
  readonly clock: Clock;
  readonly models: readonly InstalledModel[];
  readonly runtime: Runtime;
  readonly settings: LocalSettings;
  /** Longest that an answer may take once it is begun, in ms. @defaultValue 600,000 */
  readonly totalTimeoutMs?: number;
  /** Longest wait for the first token once it is begun, in ms. @defaultValue 300,000 */
  readonly firstTokenTimeoutMs?: number;
  /** How a worker is made. @defaultValue a process each */
  readonly createWorker?: () => ModelWorker;
}

/** Local models behind one port. */
export interface LocalModels extends ChatModel {
  /** Names of the models in memory, the one used last first. */
  readonly loaded: readonly string[];
  /** Ends the workers. Without it they end with this process. */
  close(): Promise<void>;
}

/** `local/NAME`: GGUF models on this machine, each in a process of its own. */
export function createLocalModels(options: LocalModelOptions): LocalModels {
  return new Local(options);
}

/** llama.cpp's own default, where a request names none. */
const defaultTemperature = 0.8;
const defaultTopP = 1;
/** How long a worker may take to heed a stop before it is killed. */
const stopPatienceMs = 10_000;

class Local implements LocalModels {
  readonly #options: LocalModelOptions;
  readonly #host: LocalHost;

  constructor(options: LocalModelOptions) {
    this.#options = options;
    this.#host = new LocalHost({
      ...options.settings,
      clock: options.clock,
      runtime: options.runtime.entry,
      ...defined({ createWorker: options.createWorker }),
    });
  }

  get loaded(): readonly string[] {
    return this.#host.loaded;
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  /** The weights, what computes them, and where answers are cut off: all that decides a text besides the request. */
  revision(model: string): string {
    const found = this.#find(model);
    if (found === undefined) return '';
    const { runtime, settings } = this.#options;
    return `sha256:${found.sha256.slice(0, 16)}+node-llama-cpp@${runtime.version}+context-${settings.contextTokens}`;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    const { signal, priority = 0 } = options;
    if (signal?.aborted === true) return abortedOutcome();
    const model = this.#find(request.model);
    if (model === undefined) return failedOutcome(unknownModel(request.model, this.#options.models));
    const outcome = await this.#host.run(model, { priority, signal }, (worker) =>
      this.#serve(worker, request, options),
    );
    if (outcome.kind === 'worked') return outcome.value;
    if (outcome.kind === 'aborted') return abortedOutcome();
    return failedOutcome(
      outcome.kind === 'too-large'
        ? callFailure('rejected', 'out-of-memory', outcome.message)
        : callFailure('rejected', 'cannot-load', `local/${model.name}: ${outcome.message}`),
    );
  }

  #find(model: string): InstalledModel | undefined {
    return this.#options.models.find(({ name }) => model === `local/${name}`);
  }

  /** Has the worker answer; its time counts from here, since it has been waited for and loaded. */
  async #serve(worker: ModelWorker, request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    const { clock, totalTimeoutMs = 600_000, firstTokenTimeoutMs = 300_000 } = this.#options;
    const begun = clock.now();
    const elapsed = (): number => clock.now() - begun;
    const watch = new CallWatch(clock, options.signal, totalTimeoutMs, firstTokenTimeoutMs);
    const answer = new Answer(options.onDelta);
    let firstTokenMs: number | null = null;
    let stopWaiting = (): void => undefined;
    onAbort(watch.controller.signal, () => {
      worker.stop();
      stopWaiting = clock.after(stopPatienceMs, () => worker.kill());
    });
    const { temperature = defaultTemperature, topP = defaultTopP, maxTokens, messages, sample } = request;
    const settings = { temperature, topP, seed: sampleSeed(sample), ...defined({ maxTokens }) };
    const end = await worker.ask({ messages, ...settings }, (piece) => {
      if (watch.cause !== undefined) return;
      if (firstTokenMs === null) {
        firstTokenMs = elapsed();
        watch.gotToken();
      }
      answer.push(piece);
    });
    const serviceMs = elapsed();
    watch.end();
    stopWaiting();
    const stopped = watch.failure(serviceMs);
    if (stopped !== undefined) return failedOutcome(stopped);
    if (end.type !== 'done' || end.end === 'overflow') {
      return failedOutcome(failureOf(end, request.model, serviceMs));
    }
    answer.end();
    const usage: Usage = {
      inputTokens: end.inputTokens,
      outputTokens: end.outputTokens,
      cachedInputTokens: end.reusedTokens,
      estimated: false,
    };
    return {
      kind: 'answered',
      response: {
        text: answer.text,
        ...(answer.reasoning === '' ? {} : { reasoning: answer.reasoning }),
        finishReason: end.end === 'length' ? 'length' : 'stop',
        usage,
        serviceMs,
        firstTokenMs: firstTokenMs ?? serviceMs,
        usd: 0,
        fingerprint: this.revision(request.model),
      },
    };
  }
}

/** The answer as it comes, parted from reasoning. */
class Answer {
  text = '';
  reasoning = '';
  readonly #splitter = new ThinkSplitter();
  readonly #onDelta: ((text: string) => void) | undefined;

  constructor(onDelta: ((text: string) => void) | undefined) {
    this.#onDelta = onDelta;
  }

  push(piece: string): void {
    this.#take(this.#splitter.push(piece));
  }

  end(): void {
    this.#take(this.#splitter.end());
  }

  #take({ reasoning, text }: { readonly reasoning: string; readonly text: string }): void {
    this.reasoning += reasoning;
    if (text === '') return;
    this.text += text;
    this.#onDelta?.(text);
  }
}

/** Of a request that came to no answer: its model failed or died, or has no room for it. */
function failureOf(end: WorkerEnd, model: string, serviceMs: number): CallFailure {
  if (end.type === 'done') {
    const message = `${end.inputTokens} tokens of input do not fit the context of ${model} (MIXTUNE_LOCAL_CONTEXT)`;
    return callFailure('context-overflow', 'context-overflow', message, { serviceMs });
  }
  const code = end.type === 'died' ? 'worker-died' : 'local-error';
  return callFailure('infrastructure', code, `${model}: ${end.message}`, { serviceMs });
}

function unknownModel(model: string, installed: readonly InstalledModel[]): CallFailure {
  const names = installed.map(({ name }) => `local/${name}`);
  const meant = suggest(model, names);
  const hint = meant === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean "${meant}"?`;
  const message = `there is no local model "${model}" (${hint}); mixtune models pull fetches one`;
  return callFailure('rejected', 'unknown-model', message);
}

/** What is known of a local model without loading it. Calls cost nothing. */
export function localModelCard(
  model: InstalledModel,
  settings: Pick<LocalSettings, 'contextTokens'>,
): ModelCard {
  return {
    name: `local/${model.name}`,
    contextTokens: settings.contextTokens,
    price: { inputPerMillion: 0, outputPerMillion: 0 },
    speed: null,
    simulated: false,
    description: `${Math.round(model.bytes / 1e6)} MB on this machine, ${model.licence}`,
  };
}
