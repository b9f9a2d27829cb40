import type { CallFailure, ChatOutcome, FailureCause } from './chat-model.ts';

/** A call's failure; by itself one of the infrastructure is worth another try, and no time has passed. */
export function callFailure(
  cause: FailureCause,
  code: string,
  message: string,
  more: Partial<CallFailure> = {},
): CallFailure {
  return { cause, code, message, retryable: cause === 'infrastructure', serviceMs: 0, ...more };
}

export function failedOutcome(failure: CallFailure): ChatOutcome {
  return { kind: 'failed', failure };
}

/** The failure of a call its caller gave up. @param serviceMs time since dispatch; 0 when it never was. */
export function abortedFailure(serviceMs = 0): CallFailure {
  return callFailure('aborted', 'aborted', 'the call was cancelled', { serviceMs });
}

export function abortedOutcome(serviceMs = 0): ChatOutcome {
  return failedOutcome(abortedFailure(serviceMs));
}
