import { defined } from '../core/defined.ts';
import type { Trace } from '../moa/types.ts';
import type { ChatOutcome, ChatRequest } from '../models/chat-model.ts';
import { providerOf } from '../models/router.ts';
import { type Counter, type Histogram, Registry } from './metrics.ts';

/** The bounds that OpenTelemetry's GenAI conventions advise, in seconds and tokens. */
const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const firstTokens = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const tokenCounts = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const overheads = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1];

export interface Gauges {
  readonly inFlight: () => number;
  readonly queued: () => number;
}

/** A server's figures, named after OpenTelemetry's GenAI conventions. No user, key or prompt is a label. */
export class ServeMetrics {
  readonly registry = new Registry();
  readonly #request: Histogram;
  readonly #firstToken: Histogram;
  readonly #call: Histogram;
  readonly #tokens: Histogram;
  readonly #overhead: Histogram;
  readonly #rejected: Counter;
  readonly #spent: Counter;
  readonly #decisions: Counter;
  readonly #avoided: Counter;
  readonly #feedback: Counter;
  readonly #violated: Counter;
  readonly #degraded: Counter;

  constructor({ inFlight, queued }: Gauges) {
    const { registry } = this;
    this.#request = registry.histogram(
      'gen_ai_server_request_duration_seconds',
      'Time from a request to its last byte.',
      'seconds',
      durations,
    );
    this.#firstToken = registry.histogram(
      'gen_ai_server_time_to_first_token_seconds',
      'Time from a request to the first piece of its answer.',
      'seconds',
      firstTokens,
    );
    this.#call = registry.histogram(
      'gen_ai_client_operation_duration_seconds',
      'Time of one model call.',
      'seconds',
      durations,
    );
    this.#tokens = registry.histogram(
      'gen_ai_client_token_usage',
      'Tokens of one model call.',
      '',
      tokenCounts,
    );
    this.#overhead = registry.histogram(
      'mixtune_serve_overhead_seconds',
      'Time of a request that no model call took.',
      'seconds',
      overheads,
    );
    this.#rejected = registry.counter('mixtune_serve_rejected', 'Requests refused, by reason.');
    this.#spent = registry.counter('mixtune_serve_spent_usd', 'US dollars paid to providers.');
    this.#decisions = registry.counter('mixtune_serve_decisions', 'Requests by the config that answered.');
    this.#avoided = registry.counter(
      'mixtune_serve_avoided',
      'Requests that another config answered, since this one asks a model that was down.',
    );
    this.#feedback = registry.counter('mixtune_serve_feedback', 'Rewards received.');
    this.#violated = registry.counter(
      'mixtune_serve_bounds_violated',
      'Answers that broke a bound which their config was expected to keep.',
    );
    this.#degraded = registry.counter(
      'mixtune_serve_degraded',
      'Answers of a config that lost a part of itself.',
    );
    registry.gauge('mixtune_serve_in_flight', 'Requests being answered.', inFlight);
    registry.gauge('mixtune_serve_queue_depth', 'Requests that wait for a place.', queued);
  }

  called({ model }: ChatRequest, outcome: ChatOutcome, ms: number): void {
    const error = outcome.kind === 'failed' ? { error_type: outcome.failure.code } : {};
    const labels = {
      gen_ai_operation_name: 'chat',
      gen_ai_provider_name: providerOf(model),
      gen_ai_request_model: model,
    };
    this.#call.observe({ ...labels, ...error }, ms / 1000);
    if (outcome.kind === 'failed') return;
    const { usage, usd } = outcome.response;
    this.#tokens.observe({ ...labels, gen_ai_token_type: 'input' }, usage.inputTokens);
    this.#tokens.observe({ ...labels, gen_ai_token_type: 'output' }, usage.outputTokens);
    if (usd !== null && usd > 0) this.#spent.add({}, usd);
  }

  rejected(reason: string): void {
    this.#rejected.add({ reason });
  }

  /** @param explored whether it was tried although another is held for the best */
  decided(config: string, explored: boolean): void {
    this.#decisions.add({ config, explored: String(explored) });
  }

  /** @param config the one that would have been chosen */
  avoided(config: string): void {
    this.#avoided.add({ config });
  }

  firstPiece(ms: number): void {
    this.#firstToken.observe({ gen_ai_operation_name: 'chat' }, ms / 1000);
  }

  /** @param error the code of what went wrong, if anything did. */
  ended(config: string, ms: number, trace: Trace | undefined, error: string | undefined): void {
    const failed = defined({ error_type: error });
    this.#request.observe({ gen_ai_operation_name: 'chat', mixtune_config: config, ...failed }, ms / 1000);
    if (trace === undefined) return;
    if (error === undefined) this.#overhead.observe({}, Math.max(0, ms - trace.latencyMs) / 1000);
    if (trace.degraded.length > 0) this.#degraded.add({ config });
  }

  violated(bound: string): void {
    this.#violated.add({ bound });
  }

  feedback(): void {
    this.#feedback.add();
  }
}
