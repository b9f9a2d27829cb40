import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { sha256 } from '../../src/core/canonical-json.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

/**
 * Ten short runs of `tune`, and a digest of what each found: ids of the front's configs, their objectives, and
 * what was spent. Code that is only moved changes none of them. A digest may be changed only in a commit that
 * changes what a run does on purpose and says so in its message; a digest that changes with a move of code
 * shows a mistake in the move.
 *
 * Plain `npm test` plays a quick one; CI and `MIXTUNE_THOROUGH=1` play all.
 */
const runs: readonly (readonly [line: string, digest: string])[] = [
  ['contest-math --strategy evolution --seed 2 --max-calls 1200', 'bd1c73aa24ed8c60'],
  [
    'support-intent --strategy evolution --seed 6 --max-evaluations 40 --racing e-process',
    '6795126168c3aef6',
  ],
  ['support-intent --space votes --strategy random --seed 4 --max-evaluations 60', '72249786d0a39a47'],
  ['contest-math --strategy bandit --seed 3 --max-evaluations 40', '4902246f39b2614e'],
  ['contest-math --strategy auto --seed 1 --max-evaluations 60', 'd5aa17b76994eb16'],
  ['support-intent --strategy auto --seed 5 --max-tokens 150k', 'a2102be411f41912'],
  ['ticket-extraction --strategy bandit --seed 7 --max-evaluations 40 --concurrency 3', '6f3d71b4ccc44fc3'],
  ['ticket-summary --strategy auto --reflection --seed 8 --max-evaluations 40', 'd808ab2c48b513c1'],
  ['code-challenge --strategy auto --seed 9 --max-evaluations 20', 'c28c88dd81af0c67'],
  ['open-questions --strategy evolution --reflection --seed 10 --max-evaluations 25', '6652603886aebd62'],
];

/** Little of each: six instances, and two answers to each in the final measurement. */
const short = '--instances 6 --finish-repeats 2 --holdout-repeats 1 --no-cache --json';

interface Printed {
  readonly front: readonly { readonly id: string; readonly objectives: object; readonly cells: number }[];
  readonly spent: object;
  readonly evaluations: number;
}

const folder = temporaryFolder('same-fronts');

async function digestOf(line: string, run: string): Promise<string> {
  const context = testContext(`tune ${line} ${short} --run ${run}`.split(' '), { cwd: folder });
  const code = await runCli(context);
  expect({ code, line }).toEqual({ code: 0, line });
  const { front, spent, evaluations }: Printed = JSON.parse(context.stdout.text);
  const found = front.map(({ id, objectives, cells }) => ({ id, objectives, cells }));
  return sha256({ found, spent, evaluations }).slice(0, 16);
}

describe('the same seed and settings find the same front as in earlier versions', () => {
  const chosen = thorough ? runs : runs.slice(5, 6);
  test.each(chosen)(
    'tune %s',
    async (line, digest) => {
      expect(await digestOf(line, `run-${runs.findIndex(([known]) => known === line)}`)).toBe(digest);
    },
    240_000,
  );
});
