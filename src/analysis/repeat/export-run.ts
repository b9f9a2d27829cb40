import { defined } from '../../core/defined.ts';
import type { CallKey } from '../../models/call-key.ts';
import { recordingEvent, recordingHeader, recordingLine } from '../../models/recordings/recording-lines.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { openJournalOf } from '../../run/journal/look-into-journal.ts';
import type { Manifest } from '../../run/types.ts';

/** A line of a run's recording; `answer` where it answers a call. */
export interface RunRecordingLine {
  readonly kind: 'header' | 'answer' | 'event';
  readonly text: string;
}

/**
 * A run as a recording: what it was started with, the answers of all its calls, and its history in
 * order. Reads only, also while the run is being worked on.
 * @throws InputError when the folder holds no run.
 */
export async function* recordRun(folder: string): AsyncGenerator<RunRecordingLine> {
  const manifest = await readManifest(folder);
  const journal = openJournalOf(folder);
  try {
    yield { kind: 'header', text: headerOf(manifest) };
    const models = new Map<CallKey, string>();
    for (const event of journal.events()) {
      if (event.kind === 'call-dispatched') models.set(event.key, event.model);
    }
    for (const [key, response] of journal.answers()) {
      // Whose answer it is, where it came from another run, only the models' revisions tell.
      const model = models.get(key);
      const revision = model === undefined ? undefined : manifest.models?.[model]?.revision;
      const named = defined({ model });
      const line = { ...named, ...(typeof revision === 'string' ? { revision } : {}), response };
      yield { kind: 'answer', text: recordingLine(key, line) };
    }
    for (const event of journal.events()) yield { kind: 'event', text: recordingEvent(event) };
  } finally {
    journal.close();
  }
}

function headerOf(manifest: Manifest): string {
  const models = Object.entries(manifest.models ?? {}).map(([name, { revision }]) => [
    name,
    { revision: revision ?? '' },
  ]);
  return recordingHeader({
    mixtune: manifest.mixtune,
    models: Object.fromEntries(models),
    simulated: manifest.simulated,
    run: { ...manifest },
  });
}
