import { expect, it } from 'vitest';
import * as mixtune from '../../src/index.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { worldDependencies, worldSettings } from '../run/world.ts';
import { worldManifest } from '../run/world-manifest.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const instances = Array.from({ length: 12 }, (_, at) => ({ input: `${at} + ${at}`, gold: 2 * at }));
const gone = new Error('the log is gone');

it.each<[string, { readonly answer?: () => string; readonly grade?: () => Promise<number> }]>([
  ['a function that answers', { answer: () => JSON.parse('{') }],
  ['a function that grades', { grade: () => Promise.resolve(Number.NaN) }],
  ['a function that gives no grade', { grade: () => new Promise(() => undefined) }],
])('a run whose notice of %s throws ends with that error, and goes on when resumed', async (_, failing) => {
  let { answer, grade } = failing;
  const job = {
    ...{ runsFolder: temporaryFolder('callbacks'), run: 'night', resume: true },
    ...{ maxEvaluations: 6, finishRepeats: 1, holdoutRepeats: 1, task: { name: 'sums', instances } },
    ...{ models: { 'mine/model': () => answer?.() ?? 'yes' }, grader: () => grade?.() ?? 1 },
    ...{ strategy: 'random', clock: fastClock(100) },
  } satisfies mixtune.TuneOptions;
  let told = 0;
  const onNotice = (): never => {
    told++;
    throw gone;
  };
  await expect(mixtune.tune({ ...job, onNotice })).rejects.toBe(gone);
  expect(told).toBe(1);
  answer = grade = undefined;
  const { ended, evaluations } = await mixtune.tune(job);
  expect([ended, evaluations]).toEqual(['evaluations', 6]);
});

it('a notice that is told in vain by an async function ends the run, too', async () => {
  const job = {
    ...{ runsFolder: temporaryFolder('callbacks'), maxEvaluations: 6, task: { name: 'sums', instances } },
    ...{ models: { 'mine/model': () => 'yes' }, grader: () => Number.NaN, strategy: 'random' },
  } satisfies mixtune.TuneOptions;
  const onNotice = async (): Promise<void> => Promise.reject(gone);
  await expect(mixtune.tune({ ...job, onNotice })).rejects.toBe(gone);
});

it('a run beside whose simulated models a grader never settles is stopped by stop', async () => {
  let tell: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const tuning = mixtune.tune({
    ...{ runsFolder: temporaryFolder('callbacks'), run: 'night', maxEvaluations: 6 },
    ...{ task: { name: 'sums', instances }, models: ['sim/wisp-1b'], cache: false },
    grader: () => {
      tell();
      return new Promise<number>(() => undefined);
    },
  });
  const ended = expect(tuning).rejects.toThrow('Run night was stopped before anything was measured');
  await asked;
  tuning.stop();
  await ended;
});

it('a folder whose progress throws is left as a stop leaves it', async () => {
  const folder = await createRunFolder(temporaryFolder('callbacks'), 'night', worldManifest('night'));
  let reports = 0;
  const onProgress = (): void => {
    if (++reports >= 20) throw gone;
  };
  const play = (more: object) =>
    mixtune.tuneFolder(folder, worldSettings, { ...worldDependencies(), ...more });
  await expect(play({ onProgress })).rejects.toBe(gone);
  expect((await play({})).evaluations).toBe(worldSettings.budget.maxEvaluations);
});
