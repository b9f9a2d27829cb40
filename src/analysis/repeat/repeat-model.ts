import type { CallKey } from '../../models/call-key.ts';
import type { CallFailure, ChatModel } from '../../models/chat-model.ts';
import { completed, notRecorded } from '../../models/recordings/recorded.ts';
import { createReplayModel, revisionsOf } from '../../run/calls/replay.ts';
import type { RunEvent } from '../../run/journal/events.ts';
import type { Journal } from '../../run/journal/journal.ts';
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
  return (cell) => {
    let missing: CallFailure | undefined;
    const failureOf = (key: CallKey): CallFailure | undefined => failures.get(`${cell}/${key}`);
    const model = createReplayModel({
      revision: revisionsOf(manifest),
      failures: { get: failureOf },
      answer: (key, request) => {
        // Another cell may have been given an answer.
        const found = failureOf(key) === undefined ? recording.answer(key) : undefined;
        const response = found && completed(found, request);
        if (response !== undefined) journal.keepAnswer(key, response);
        return response;
      },
      lacking: (request) => {
        const failure = notRecorded(request, recording.source);
        missing ??= failure;
        return failure;
      },
    });
    return { ...model, missing: () => missing };
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
