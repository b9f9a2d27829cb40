import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, type TuneOptions, tune } from '../../src/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('library-options');
const { NaN: none, POSITIVE_INFINITY: endless } = Number;

describe('options that cannot be', () => {
  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ maxUsd: -1 }, 'maxUsd: expected a number of at least 0, found -1'],
    [{ maxUsd: none }, 'maxUsd: expected a number of at least 0, found NaN'],
    [{ maxUsd: null }, 'maxUsd: expected a number of at least 0, found null'],
    [{ maxSeconds: '8h' }, 'maxSeconds: expected a number above 0, found "8h"'],
    [{ maxSeconds: 0 }, 'maxSeconds: expected a number above 0, found 0'],
    [{ maxCalls: 0 }, 'maxCalls: expected a whole number of at least 1, found 0'],
    [{ maxCalls: 1.5 }, 'maxCalls: expected a whole number of at least 1, found 1.5'],
    [{ maxTokens: endless }, 'maxTokens: expected a whole number of at least 1, found Infinity'],
    [{ maxTokensIn: -2 }, 'maxTokensIn: expected'],
    [{ maxTokensOut: none }, 'maxTokensOut: expected'],
    [{ maxEvaluations: 0 }, 'maxEvaluations: expected a whole number of at least 1, found 0'],
    [{ maxUSD: 5 }, 'expected options that there are, found "maxUSD" (did you mean "maxUsd"?)'],
    [{ concurrency: 0 }, 'concurrency: expected a whole number of at least 1'],
    [{ repeats: 0 }, 'repeats: expected'],
    [{ finishRepeats: -1 }, 'finishRepeats: expected'],
    [{ holdoutRepeats: none }, 'holdoutRepeats: expected'],
    [{ seed: 1.5 }, 'seed: expected a whole number, found 1.5'],
    [
      { objectives: ['fun'] },
      'objectives at [0]: expected one of "score", "latency", "tokens", "usd", found "fun"',
    ],
    [{ objectives: [] }, 'objectives: expected score among them'],
    [{ models: 'sim/wisp-1b' }, 'models: expected names'],
    [{ models: [] }, 'models: expected names'],
    [{ cache: 'no' }, 'cache: expected true or false'],
  ])('are refused in their own words before anything is written: %j', async (wrong, message) => {
    const runsFolder = join(folder, 'runs');
    const options = { task: 'contest-math', models: ['sim/wisp-1b'], runsFolder, ...wrong };
    const refused = tune(options as TuneOptions);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(InputError);
    expect(existsSync(runsFolder)).toBe(false);
  });
});
