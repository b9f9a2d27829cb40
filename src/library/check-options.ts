import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import { unknownName } from '../core/unknown-name.ts';
import type { Budget } from '../domain/budget.ts';
import { objectiveNames } from '../domain/objective.ts';
import { mostRepeats } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import type { TuneOptions } from './tune-options.ts';

const counted = (least: number) => z.int().min(least);

/** By the rules of the command line. */
const ceilings: Readonly<Record<keyof Budget, z.ZodType>> = {
  maxEvaluations: counted(1),
  maxCalls: counted(1),
  maxTokens: counted(1),
  maxTokensIn: counted(1),
  maxTokensOut: counted(1),
  maxUsd: z.number().min(0),
  maxSeconds: z.number().positive(),
};

/** Every option; `null` where whoever reads it refuses what is wrong. */
const options: Readonly<Record<keyof TuneOptions, z.ZodType | null>> = {
  ...ceilings,
  task: null,
  grader: null,
  models: null,
  system: null,
  prices: null,
  space: null,
  strategy: null,
  reflection: z.boolean(),
  from: null,
  objectives: z
    .array(z.enum(objectiveNames))
    .refine((names) => names.includes('score'), { error: 'score among them' }),
  bounds: null,
  seed: z.int(),
  concurrency: counted(1),
  repeats: counted(1).max(mostRepeats),
  finishRepeats: counted(0).max(mostRepeats),
  holdoutRepeats: counted(0).max(mostRepeats),
  baseUrl: z.string(),
  apiKeyEnv: z.string(),
  runsFolder: z.string(),
  run: null,
  resume: z.boolean(),
  cache: z.boolean(),
  signal: null,
  onNotice: null,
  clock: null,
  env: null,
};

/** Refuses options that are none, and values that they cannot have, before anything is done. @throws InputError */
export function checkOptions(given: TuneOptions): void {
  for (const [name, value] of Object.entries(given)) {
    // A ceiling whose name is mistyped would hold nothing.
    if (!Object.hasOwn(options, name))
      throw unknownName('tune', 'options that there are', name, Object.keys(options));
    const schema = options[name as keyof TuneOptions];
    if (schema !== null && value !== undefined) unwrap(parseWith(schema, value, name));
  }
  if (given.resume === true && given.run === undefined)
    throw new InputError('run', { expected: 'the id of the run to resume', found: 'none' });
}
