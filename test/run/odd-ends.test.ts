import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { MixtuneError } from '../../src/core/errors.ts';
import { type OwnModel, type SpaceInput, type TuneOptions, tune } from '../../src/index.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled } from '../support/thorough.ts';

const runsFolder = temporaryFolder('odd-ends');

const model: OwnModel = ({ messages }) => `The answer is ${messages.at(-1)?.content.length ?? 0}.`;
const single: SpaceInput = {
  temperatures: [0],
  agents: { min: 1, max: 1 },
  stages: { kinds: [], max: 0 },
  prompts: { single: ['Add.'] },
};
const questions = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ input: '+'.repeat(at + 1), gold: at + 1 }));
const base = { runsFolder, grader: 'numeric', models: { 'mine/counter': model } } as const;

/** Jobs at the edge of what there is to count: one of a thing, or none. */
const jobs: readonly (readonly [string, Omit<TuneOptions, 'runsFolder'>])[] = [
  ['one model, one question', { ...base, task: { instances: questions(1) }, maxEvaluations: 8 }],
  ['one model, one prompt, one question', { ...base, space: single, task: { instances: questions(1) } }],
  [
    'a single evaluation of a single call',
    { ...base, space: single, task: { instances: questions(1) }, maxCalls: 1, finishRepeats: 1 },
  ],
  [
    'no holdout, and calls left when all is measured',
    { ...base, task: { instances: questions(3), holdout: 0 }, maxCalls: 60, finishRepeats: 1 },
  ],
  [
    'no holdout that is to be measured twice, up to a ceiling',
    {
      ...base,
      task: { instances: questions(2), holdout: 0 },
      ...{ maxCalls: 60, finishRepeats: 1, holdoutRepeats: 2 },
    },
  ],
  [
    'a holdout that is not measured',
    { ...base, task: { instances: questions(4) }, maxCalls: 50, finishRepeats: 1, holdoutRepeats: 0 },
  ],
  [
    'every answer wrong',
    { ...base, task: { instances: questions(4) }, grader: () => 0, maxEvaluations: 12, finishRepeats: 1 },
  ],
  [
    'answers that cost nothing',
    {
      ...base,
      models: { 'mine/silent': () => ({ text: '', tokens: { input: 0, output: 0 } }) },
      task: { instances: questions(4) },
      ...{ grader: () => 1, maxEvaluations: 12, finishRepeats: 1 },
    },
  ],
  ...(['random', 'evolution', 'bandit', 'auto'] as const).map(
    (strategy) =>
      [
        `two questions and ${strategy}`,
        { ...base, task: { instances: questions(2) }, strategy, maxEvaluations: 30, finishRepeats: 1 },
      ] as const,
  ),
];

/** What is asked of a run afterwards. */
const looks = ['answer', 'front', 'show', 'status'];

describe('a run of hardly anything', () => {
  it.each(sampled(jobs, 6))('ends and is told: %s', async (_, job) => {
    const { best, run } = await tune({ ...job, runsFolder });
    expect(best.objectives.score.mean).not.toBeNull();
    for (const look of looks) {
      const context = testContext([look, run, '--runs-dir', runsFolder], { cwd: runsFolder });
      const code = await runCli(context);
      expect({ look, code, said: context.stderr.text }).toEqual({ look, code: 0, said: expect.any(String) });
    }
  });

  it('says so where no answer could be scored', async () => {
    const grader = (): number => {
      throw new Error('out of order');
    };
    const failed = tune({
      ...base,
      runsFolder,
      task: { instances: questions(3) },
      grader,
      maxEvaluations: 5,
    });
    await expect(failed).rejects.toThrow(MixtuneError);
  });
});
