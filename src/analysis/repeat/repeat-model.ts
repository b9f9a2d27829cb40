import { type CallKey, callKey } from '../../models/call-key.ts';
import type { CallFailure, ChatModel, ChatOutcome, ChatRequest } from '../../models/chat-model.ts';
import { completed, notRecorded } from '../../models/recorded.ts';
import type { RunEvent } from '../../run/events.ts';
import type { Journal } from '../../run/journal.ts';
import { defaultMaxTokens } from '../../run/ledger.ts';
import type { RecordedRun } from './recorded-run.ts';

/** The model of one cell, and what it asked that the recording cannot answer. */
export interface CellModel extends ChatModel {
  readonly missing: () => CallFailure | undefined;
}

/**
 * Answers the cells of a recorded run as they were answered then: with the recorded answer, or with the
 * failure that this very cell was given. Answers that were needed are kept in the new journal.
 */
export function createCellModels(
  { manifest, recording, events }: RecordedRun,
  journal: Pick<Journal, 'keepAnswer'>,
): (cell: number) => CellModel {
  const failures = failuresOf(events);
  const revision = (name: string): string => manifest.models?.[name]?.revision ?? '';
  return (cell) => {
    let missing: CallFailure | undefined;
    return {
      missing: () => missing,
      revision,
      async complete(asked, options): Promise<ChatOutcome> {
        const request: ChatRequest =
          asked.maxTokens === undefined ? { ...asked, maxTokens: defaultMaxTokens } : asked;
        const key = callKey(request, { revision });
        const failure = failures.get(`${cell}/${key}`);
        if (failure !== undefined) return { kind: 'failed', failure };
        const found = recording.answer(key);
        if (found === undefined) {
          const outcome = notRecorded(request, recording.source);
          if (outcome.kind === 'failed') missing ??= outcome.failure;
          return outcome;
        }
        const response = completed(found, request);
        journal.keepAnswer(key, response);
        options?.onDelta?.(response.text);
        return { kind: 'answered', response, cached: true };
      },
    };
  };
}

/** Failures that cells were given for good, by `cell/key`. */
function failuresOf(events: readonly RunEvent[]): Map<string, CallFailure> {
  const failures = new Map<string, CallFailure>();
  for (const event of events) {
    if (event.kind !== 'call-given-up') continue;
    for (const cell of event.cells) failures.set(`${cell}/${event.key satisfies CallKey}`, event.failure);
  }
  return failures;
}
