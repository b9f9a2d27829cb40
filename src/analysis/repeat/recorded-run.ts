import { InputError } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { configId } from '../../domain/moa-config.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import type { Recording } from '../../models/recordings/recording.ts';
import { parseManifest } from '../../run/folder/manifest-schema.ts';
import type { RunEvent } from '../../run/journal/events.ts';
import type { Manifest } from '../../run/types.ts';

/** A run out of a recording. */
export interface RecordedRun {
  readonly manifest: Manifest;
  /** Oldest first. */
  readonly events: readonly RunEvent[];
  readonly recording: Recording;
}

/** The one run that a recording holds. */
export function recordedRunOf(recording: Recording): Result<RecordedRun, InputError> {
  const { runs, source } = recording;
  const [run] = runs;
  if (run === undefined || runs.length > 1) {
    return err(
      new InputError(source, {
        path: 'run',
        expected: 'the recording of one run (mixtune cache export --run ID)',
        found:
          runs.length === 0
            ? 'answers only'
            : `${runs.length} runs: ${runs.map((one) => one.run).join(', ')}`,
      }),
    );
  }
  const manifest = parseManifest(run, `${source}: run`);
  if (!manifest.ok) return manifest;
  const events = recording.events as unknown as readonly RunEvent[];
  const fault = faultyConfig(events, source);
  return fault === undefined ? ok({ manifest: manifest.value, events, recording }) : err(fault);
}

/** A config from a file is checked like any other, and must be the one that its id names. */
function faultyConfig(events: readonly RunEvent[], source: string): InputError | undefined {
  for (const event of events) {
    if (event.kind !== 'trial-started') continue;
    const checked = validateMoaConfig(event.config, `${source}: config of trial ${event.trial}`);
    if (!checked.ok) return checked.error;
    const id = configId(checked.value);
    if (id === event.id) continue;
    return new InputError(source, {
      path: `config of trial ${event.trial}`,
      expected: `the config of id ${event.id}`,
      found: `one of id ${id}`,
    });
  }
  return undefined;
}
