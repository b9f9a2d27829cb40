import type { MoaOutcome } from '../moa/types.ts';
import type { ApiError } from '../models/api-error.ts';

type NoAnswer = Extract<MoaOutcome, { kind: 'no-answer' }>;

/** What a client is told where no agent of a config brought an answer. */
export function failureOf({ cause, reason, trace }: NoAnswer, late: boolean): ApiError {
  if (cause === 'aborted')
    return { status: 502, code: 'broken_stream', message: 'The answer broke off upstream; ask again' };
  if (late) return { status: 504, code: 'deadline', message: `No answer within the deadline: ${reason}` };
  const failures = trace.calls.flatMap(({ failure }) => failure ?? []);
  const only = (is: (failure: (typeof failures)[number]) => boolean): boolean =>
    failures.length > 0 && failures.every(is);
  if (failures.some(({ code }) => code === 'budget-usd'))
    return { status: 429, code: 'insufficient_quota', message: reason };
  if (only(({ code }) => code === 'rate-limited'))
    return { status: 429, code: 'upstream_rate_limited', message: reason, retryAfter: 10 };
  if (only((failure) => failure.cause === 'context-overflow'))
    return { status: 400, code: 'context_length_exceeded', message: reason, param: 'messages' };
  if (only((failure) => failure.cause === 'refused'))
    return { status: 400, code: 'content_filter', message: reason, param: 'messages' };
  return { status: 502, code: cause === 'config' ? 'no_answer' : 'upstream_error', message: reason };
}
