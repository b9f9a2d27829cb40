import type { Rng } from '../core/rng.ts';
import { callFailure } from '../models/abort.ts';
import type { CallFailure } from '../models/chat-model.ts';
import { defaultFaults } from './constants.ts';

/** Rates in 0..1 at which simulated calls fail. */
export interface FaultRates {
  /** Content filter; the same call is refused every time. Default 0.003. */
  readonly refused?: number;
  /** Rate limits, outages, time-outs, broken streams; a retry draws anew. Default 0.005. */
  readonly infrastructure?: number;
}

export function checkedFaults(rates: FaultRates = {}): Required<FaultRates> {
  const checked = {
    refused: rates.refused ?? defaultFaults.refused,
    infrastructure: rates.infrastructure ?? defaultFaults.infrastructure,
  };
  for (const [name, rate] of Object.entries(checked)) {
    if (!(rate >= 0 && rate <= 1))
      throw new RangeError(`faults.${name}: expected a rate in 0..1, found ${rate}`);
  }
  return checked;
}

/** The failure of an attempt, if it is to fail. @param attempt how often this very call has failed before */
export function drawFault(
  rates: Required<FaultRates>,
  call: Rng,
  attempt: number,
  firstTokenMs: number,
): CallFailure | null {
  const draw = call.derive('attempt', attempt);
  if (draw.next() < rates.infrastructure) return draw.pick(outages)(firstTokenMs);
  if (call.derive('refusal').next() >= rates.refused) return null;
  const message = 'simulated: the answer was withheld by a content filter';
  return callFailure('refused', 'content-filter', message, { serviceMs: firstTokenMs });
}

/** The refusal of a server that has taken all that it takes in a minute. It comes at once. */
export function rateLimited(retryAfterMs: number): CallFailure {
  return outage('rate-limited', 'too much for this minute', { status: 429, retryAfterMs });
}

function outage(code: string, what: string, more: Partial<CallFailure>): CallFailure {
  return callFailure('infrastructure', code, `simulated: ${what}`, more);
}

const outages: readonly ((firstTokenMs: number) => CallFailure)[] = [
  () => outage('rate-limited', 'too many requests', { status: 429, retryAfterMs: 2000, serviceMs: 25 }),
  (serviceMs) => outage('server-error', 'the server is overloaded', { status: 503, serviceMs }),
  (firstTokenMs) => outage('connection', 'the connection broke', { serviceMs: firstTokenMs * 2 }),
  () => outage('timeout', 'no answer in time', { serviceMs: 30_000 }),
];
