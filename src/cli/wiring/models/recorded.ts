import { resolve } from 'node:path';
import { InputError, MixtuneError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { suggest } from '../../../core/suggest.ts';
import { VirtualClock } from '../../../core/virtual-clock.ts';
import type { CallFailure, ModelPrice } from '../../../models/chat-model.ts';
import { providerNames } from '../../../models/provider-list.ts';
import { playRecording } from '../../../models/recordings/recorded.ts';
import { openRecording, originalName, type Recording } from '../../../models/recordings/recording.ts';
import { providerOf } from '../../../models/router.ts';
import type { Manifest } from '../../../run/types.ts';
import { simulatedModels } from '../../../sim/index.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions } from '../../flags.ts';
import type { ModelStack } from './model-stack.ts';

/**
 * Options with the recording's file in full and, where nobody named any models, those it has answers of.
 * Without a recording the options as they are.
 */
export async function withRecording<Options extends ModelOptions>(
  context: CliContext,
  options: Options,
): Promise<Options> {
  if (options.recorded === undefined) return options;
  if (options.baseUrl !== undefined) {
    throw new InputError('--recorded', {
      expected: 'no --base-url beside it, since a recording calls nothing',
    });
  }
  const recorded = resolve(context.cwd, options.recorded);
  if (options.models !== undefined) return { ...options, recorded };
  const recording = unwrap(await openRecording(recorded, options.recorded));
  return { ...options, recorded, models: tunedModels(recording) ?? recording.models.map(nameable) };
}

/** The models that a recorded run was tuned with; judges are not among them. */
function tunedModels({ runs }: Recording): string[] | undefined {
  const [run] = runs;
  const settings: unknown = runs.length === 1 ? run?.settings : undefined;
  const models: unknown =
    settings !== null && typeof settings === 'object' ? Reflect.get(settings, 'models') : undefined;
  return Array.isArray(models) && models.every((name) => typeof name === 'string') ? models : undefined;
}

/** A model that was recorded without a provider goes by `recorded/NAME`. */
function nameable(model: string): string {
  return model.includes('/') && providerNames.includes(providerOf(model)) ? model : `recorded/${model}`;
}

/** Models that a recording plays, on a virtual clock that shows the recorded times. */
export async function createRecordedStack(
  file: string,
  models: readonly string[],
  prices: ((model: string) => ModelPrice | null | undefined) | undefined,
): Promise<ModelStack> {
  const recording = unwrap(await openRecording(file));
  refuseUnrecorded(recording, models);
  const clock = new VirtualClock();
  const recordedPrices = pricesOf(recording);
  const given = (name: string): ModelPrice | undefined =>
    prices?.(name) ?? prices?.(originalName(name)) ?? undefined;
  let missing: string | undefined;
  let tell: () => void = () => undefined;
  const onMissing = ({ message }: CallFailure): void => {
    missing ??= message;
    tell();
  };
  return {
    clock,
    model: playRecording(recording, { clock, onMissing, price: given }),
    card: (name) => {
      const original = originalName(name);
      const simulated = simulatedModels.find((card) => card.name === original);
      if (simulated !== undefined) return { ...simulated, name, price: given(name) ?? simulated.price };
      const price = given(name) ?? recordedPrices.get(original) ?? null;
      return { name, contextTokens: null, price, speed: null, simulated: recording.simulated };
    },
    simulated: recording.simulated,
    onNote: () => undefined,
    recording: {
      hash: recording.hash,
      missing: () => missing,
      onMissing: (listener) => {
        tell = listener;
      },
    },
  };
}

/** A run that answers from a recording goes on only with that very one. @throws InputError */
export function refuseOtherRecording(
  run: string,
  { endpoint, recording }: Pick<Manifest, 'endpoint' | 'recording'>,
  stack: Pick<ModelStack, 'recording'>,
): void {
  if (recording === undefined || stack.recording?.hash === recording) return;
  throw new InputError(run, {
    expected: `the recording ${endpoint.recorded} as it was when the run was started`,
    found: 'another one there; start a new run',
  });
}

/** What was measured or answered without a call that the recording lacks is no result. @throws MixtuneError */
export function refuseMissing({ recording }: Pick<ModelStack, 'recording'>): void {
  const missing = recording?.missing();
  if (missing !== undefined) throw new MixtuneError('not-recorded', missing);
}

function refuseUnrecorded(recording: Recording, models: readonly string[]): void {
  const known = new Set(recording.models.map(originalName));
  for (const name of models) {
    if (known.has(originalName(name))) continue;
    const suggestion = suggest(originalName(name), [...known]);
    throw new InputError('--recorded', {
      expected: `a recording of ${name} (${recording.source} has answers of ${[...known].join(', ') || 'no model'})`,
      found: 'none of it',
      suggestion,
    });
  }
}

/** What the recorded run's models cost, as its manifest says. */
function pricesOf(recording: Recording): ReadonlyMap<string, ModelPrice> {
  const prices = new Map<string, ModelPrice>();
  for (const { models } of recording.runs) {
    if (models === null || typeof models !== 'object') continue;
    for (const [name, facts] of Object.entries(models)) {
      const price: unknown = facts === null || typeof facts !== 'object' ? null : Reflect.get(facts, 'price');
      if (isPrice(price)) prices.set(name, price);
    }
  }
  return prices;
}

function isPrice(value: unknown): value is ModelPrice {
  if (value === null || typeof value !== 'object') return false;
  return ['inputPerMillion', 'outputPerMillion'].every(
    (name) => typeof Reflect.get(value, name) === 'number',
  );
}
