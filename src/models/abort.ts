import type { CallFailure, ChatOutcome } from './chat-model.ts';

/** The outcome of a call its caller gave up. @param serviceMs time since dispatch; 0 when it never was. */
export function abortedOutcome(serviceMs = 0): ChatOutcome {
  return failedOutcome({
    cause: 'aborted',
    code: 'aborted',
    message: 'the call was cancelled',
    retryable: false,
    serviceMs,
  });
}

export function failedOutcome(failure: CallFailure): ChatOutcome {
  return { kind: 'failed', failure };
}
