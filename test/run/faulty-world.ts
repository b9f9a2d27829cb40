import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import type { CallFailure, ChatModel, ChatOutcome } from '../../src/models/chat-model.ts';

/** A stretch of the clock's time in which a model answers nobody. */
export interface Outage {
  readonly model: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a server may do wrong, with the time that passes before the client knows. */
const faults: readonly ((
  serviceMs: number,
) => Pick<CallFailure, 'code' | 'serviceMs'> & Partial<CallFailure>)[] = [
  () => ({ code: 'rate-limited', status: 429, serviceMs: 40 }),
  () => ({ code: 'rate-limited', status: 429, retryAfterMs: 2_000, serviceMs: 40 }),
  () => ({ code: 'server-error', status: 500, serviceMs: 60 }),
  () => ({ code: 'server-error', status: 503, retryAfterMs: 1_000, serviceMs: 60 }),
  () => ({ code: 'conflict', status: 409, serviceMs: 50 }),
  () => ({ code: 'connection', serviceMs: 20 }),
  (serviceMs) => ({ code: 'stream-cut', serviceMs: serviceMs / 2 }),
  (serviceMs) => ({ code: 'malformed-stream', serviceMs: serviceMs / 4 }),
  (serviceMs) => ({ code: 'empty-response', serviceMs }),
  () => ({ code: 'first-token-timeout', serviceMs: 10_000 }),
  () => ({ code: 'timeout', serviceMs: 30_000 }),
];

/** Makes a model fail at a rate, and altogether during outages; a function of the request and the attempt. */
export function withFaults(
  model: ChatModel,
  {
    clock,
    rate,
    outages = [],
    startedAt = 0,
  }: {
    readonly clock: Clock;
    readonly rate: number;
    readonly outages?: readonly Outage[];
    readonly startedAt?: number;
  },
): ChatModel & { readonly failed: () => number } {
  let failed = 0;
  const fail = async (
    failure: Partial<CallFailure>,
    serviceMs: number,
    call: { signal?: AbortSignal; elapsedMs?: number },
  ): Promise<ChatOutcome> => {
    failed++;
    const whole = Math.round(serviceMs);
    try {
      await clock.sleep(Math.max(0, whole - (call.elapsedMs ?? 0)), call.signal);
    } catch {
      return {
        kind: 'failed',
        failure: { cause: 'aborted', code: 'aborted', message: '', retryable: false, serviceMs: 0 },
      };
    }
    return {
      kind: 'failed',
      failure: {
        cause: 'infrastructure',
        code: 'server-error',
        message: 'injected',
        retryable: true,
        ...failure,
        serviceMs: whole,
      },
    };
  };
  return {
    failed: () => failed,
    revision: (name) => model.revision(name),
    async complete(request, options = {}) {
      const since = startedAt + clock.now() - (options.elapsedMs ?? 0);
      if (
        outages.some(
          (outage) => outage.model === request.model && since >= outage.fromMs && since < outage.toMs,
        )
      ) {
        return fail({ code: 'connection', message: 'connect ECONNREFUSED' }, 5, options);
      }
      const rng = createRng(sha256({ request, attempt: options.attempt ?? 0, what: 'fault' }));
      if (rng.next() >= rate) return model.complete(request, options);
      const fault = rng.pick(faults)(3_000);
      return fail(fault, fault.serviceMs, options);
    },
  };
}
