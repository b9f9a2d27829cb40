import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { openRunViews } from '../../src/cli/wiring/page/run-views.ts';
import * as mixtune from '../../src/index.ts';
import { commandContext, testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A job of functions, whose model counts its calls. */
function jobIn(runsFolder: string) {
  const asked = { calls: 0, onCall: (_calls: number): void => undefined };
  const adder: mixtune.OwnModel = ({ messages, temperature = 0 }) => {
    asked.onCall(++asked.calls);
    const text = messages.map(({ content }) => content).join('\n');
    const [, a, b] = /(\d+) \+ (\d+)/.exec(text) ?? [];
    const sum = text.includes('carefully') ? Number(a) + Number(b) : 1;
    return { text: String(sum), seconds: 1 + temperature };
  };
  const instances = Array.from({ length: 12 }, (_, at) => ({ input: `${at} + ${at}`, gold: 2 * at }));
  const job = {
    ...{ runsFolder, run: 'night', resume: true, strategy: 'random', maxEvaluations: 4, concurrency: 1 },
    ...{ finishRepeats: 1, holdoutRepeats: 1, task: { name: 'sums', instances } },
    models: { 'mine/adder': adder },
    grader: (answer: string, { gold }: mixtune.Instance) => answer === String(gold),
    space: {
      temperatures: [0, 1],
      agents: { min: 1, max: 1 },
      stages: { kinds: [], max: 0 },
      prompts: { single: ['Add.', 'Add carefully.'] },
    },
  } satisfies mixtune.TuneOptions;
  return { job, asked };
}

describe('a run of functions that was stopped', () => {
  const runsFolder = temporaryFolder('resumed');
  const { job, asked } = jobIn(runsFolder);
  beforeAll(async () => {
    const first = mixtune.tune(job);
    // The first config has its six answers.
    asked.onCall = (calls) => calls === 9 && first.stop();
    expect((await first).ended).toBe('interrupted');
    asked.onCall = () => undefined;
  });

  it.each([
    ['status night', 0, "stopped; tune({ …, run: 'night', resume: true }) goes on with it"],
    ['resume night', 2, "functions of that program; there tune({ …, run: 'night', resume: true }) goes on"],
    ['ask night 1+1', 2, 'mine/adder, a function of the program that tuned'],
    ['serve night --keys keys.json', 2, 'mine/adder, a function of the program that tuned'],
  ])('says to commands who goes on with it, and whose models it calls: %s', async (line, code, text) => {
    const context = testContext([...line.split(' '), '--runs-dir', runsFolder], { cwd: runsFolder });
    expect(await runCli(context)).toBe(code);
    expect(`${context.stdout.text}${context.stderr.text}`.replaceAll(/\s+/g, ' ')).toContain(text);
  });

  it('says so to the page', async () => {
    const { views, close } = await openRunViews(commandContext(), join(runsFolder, 'night'));
    expect(views.run(false).head).toMatchObject({
      state: 'stopped',
      resume: "tune({ …, run: 'night', resume: true })",
    });
    close();
  });

  it.each<[string, Partial<mixtune.TuneOptions>, string]>([
    ['a run that is there', { resume: false }, 'not taken (to go on with that run: resume: true)'],
    [
      'another seed',
      { seed: 2 },
      'resume: expected the job that night was begun with, or another run, found other seed',
    ],
    ['another grader', { grader: () => 1 }, 'found other grader'],
    ['another price', { prices: { 'mine/adder': { input: 1, output: 1 } } }, 'found other models'],
  ])('is not gone on with by another job: %s', async (_, change, error) => {
    await expect(mixtune.tune({ ...job, ...change })).rejects.toThrow(error);
  });

  it('goes on in its program to the same result, and asks nothing twice', async () => {
    const whole = jobIn(temporaryFolder('whole'));
    const expected = await mixtune.tune(whole.job);
    const { best, ended, evaluations } = await mixtune.tune(job);
    expect([best.id, ended, evaluations]).toEqual([expected.best.id, 'evaluations', expected.evaluations]);
    expect(asked.calls).toBeLessThanOrEqual(whole.asked.calls + 1);
    const paid = asked.calls;
    expect((await mixtune.tune(job)).best.id).toBe(best.id);
    expect(asked.calls).toBe(paid);
  });
});

it('a run to resume needs its id', async () => {
  const { job } = jobIn(temporaryFolder('unnamed'));
  const { run: _, ...unnamed } = job;
  await expect(mixtune.tune(unnamed)).rejects.toThrow(
    'run: expected the id of the run to resume, found none',
  );
});
