import { InputError } from '../../../core/errors.ts';
import { unknownName } from '../../../core/unknown-name.ts';
import type { MoaConfig } from '../../../domain/moa-config.ts';
import { presetNames, presets } from '../../../domain/presets.ts';
import { fullNames } from '../models/model-names.ts';

/** A preset by name, with the models that the command line names. @throws InputError */
export function presetOf(name: string, models: readonly string[] | undefined, baseUrl?: string): MoaConfig {
  const known = presetNames.find((each) => each === name);
  if (known === undefined) {
    throw unknownName('preset', `one of ${presetNames.join(', ')}`, name, presetNames);
  }
  const [first, ...others] = models === undefined ? [] : fullNames(models, baseUrl);
  if (first === undefined) {
    throw new InputError('--models', {
      expected: `models for the preset, the main one first (mixtune presets show ${name} --models a,b --out FILE makes a config of it)`,
      found: 'none',
    });
  }
  return presets[known]([first, ...others]);
}
