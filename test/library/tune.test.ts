import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import * as mixtune from '../../src/index.ts';
import { testContext } from '../support/cli.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const runsFolder = temporaryFolder('one-call');

const sums = Array.from({ length: 12 }, (_, at) => ({ input: `${at} + ${at}`, gold: 2 * at }));
const task: mixtune.TaskInput = { name: 'sums', instances: sums };
const few = {
  runsFolder,
  strategy: 'random',
  maxEvaluations: 6,
  finishRepeats: 1,
  holdoutRepeats: 1,
} as const;

/** Adds, but only when it is told to be careful. */
const adder: mixtune.OwnModel = ({ messages }) => {
  const text = messages.map(({ content }) => content).join('\n');
  const [, a = '0', b = '0'] = /(\d+) \+ (\d+)/.exec(text) ?? [];
  return text.includes('carefully') ? `The answer is ${Number(a) + Number(b)}.` : 'The answer is 1.';
};
const prompts: mixtune.SpaceInput = {
  temperatures: [0, 1],
  agents: { min: 1, max: 1 },
  stages: { kinds: [], max: 0 },
  prompts: { single: ['Add.', 'Add carefully.'] },
};

function raise(message: string): never {
  throw new Error(message);
}

describe('tune', () => {
  it.skipIf(!thorough)('simulated models have learned the gold answers that a function judges', async () => {
    const instances = [
      ...[{ input: 'What is the capital of Peru?', gold: 'Lima' }],
      ...[{ input: 'What is the capital of Ghana?', gold: 'Accra' }],
      ...[{ input: 'What is the capital of Latvia?', gold: 'Riga' }],
      ...[{ input: 'What is the capital of Nepal?', gold: 'Kathmandu' }],
    ];
    const { best } = await mixtune.tune({
      ...{ ...few, task: { name: 'capitals', instances }, models: ['sim/sage-70b', 'sim/titan-400b'] },
      grader: (answer, { gold }) => answer.includes(String(gold)),
    });
    expect(best.objectives.score.mean).toBeGreaterThan(0);
  });

  it.skipIf(!thorough)('tunes simulated models on a shipped task as the command line does', async () => {
    const { best, run, spent, simulated } = await mixtune.tune({
      ...{ ...few, task: 'contest-math', models: ['sim/wisp-1b', 'sim/sage-70b'] },
    });
    expect(best.objectives.score.mean).toBeGreaterThan(0);
    expect(best.holdout?.score.mean).toBeGreaterThan(0);
    expect(run).toMatch(/^contest-math-\d{8}-\d{6}/);
    expect(spent.calls).toBeGreaterThan(0);
    expect(simulated).toBe(true);
  });

  it('tunes on questions of a program, with a function as model and one as grader', async () => {
    const { best, folder } = await mixtune.tune({
      ...{ ...few, task, space: prompts, models: { 'mine/adder': adder } },
      grader: (answer, { gold }) => answer.includes(`${gold}`),
    });
    expect(best.objectives.score.mean).toBe(1);
    expect(best.config.stages[0]).toMatchObject({ agents: [{ prompt: 'Add carefully.' }] });
    const opened = mixtune.unwrap(await mixtune.openRun(runsFolder, folder));
    expect(opened.front?.front[0]?.id).toBe(best.id);
  });

  it('takes of a function that grades what other graders of a user may say', async () => {
    const grader: mixtune.OwnGrader = (answer, { gold }) =>
      answer.includes('1.')
        ? { points: 1, max: 4 }
        : { value: answer.includes(`${gold}`) ? 1 : 0, feedback: 'Not the sum.' };
    const { best, baselines } = await mixtune.tune({
      ...{ ...few, task, space: prompts, models: { 'mine/adder': adder } },
      grader: async (answer, instance, options) => grader(answer, instance, options),
    });
    expect(best.objectives.score.mean).toBe(1);
    expect(baselines.length).toBeGreaterThan(0);
  });

  it('keeps its questions as they are where functions change what they are given', async () => {
    const careless: mixtune.OwnModel = (request) => {
      const answer = adder(request, { signal: undefined });
      (request.messages as unknown[]).length = 0;
      return answer;
    };
    const { best, spent } = await mixtune.tune({
      ...{ ...few, task, space: prompts, models: { 'mine/adder': careless } },
      grader: (answer, instance) => {
        const isRight = answer.includes(`${instance.gold}`);
        Object.assign(instance, { id: 'gone', input: '', gold: 'none' });
        return isRight;
      },
    });
    expect(best.objectives.score.mean).toBe(1);
    // An empty conversation is counted as one token.
    expect(spent.tokensIn).toBeGreaterThan(3 * spent.calls);
  });

  it.skipIf(!thorough)(
    'leaves a run that commands read, and whose claims the program measures again',
    async () => {
      const says = (answer: string, { gold }: mixtune.Instance): boolean => answer.includes(`${gold}`);
      const models = ['sim/sage-70b'];
      const { folder, best } = await mixtune.tune({ ...few, task, grader: says, models, space: prompts });
      const { manifest } = mixtune.unwrap(await mixtune.openRun(runsFolder, folder));
      const taskFolder = manifest.task.folder ?? '';
      const cli = async (...argv: string[]) => {
        const context = testContext(argv, { cwd: runsFolder });
        return { code: await runCli(context), err: context.stderr.text };
      };
      expect(await cli('show', folder)).toMatchObject({ code: 0 });
      const measured = await cli('reproduce', folder, '--task', taskFolder);
      expect(measured.code).toBe(2);
      expect(measured.err.replaceAll(/\s+/g, ' ')).toContain(
        'found "own", a function of the program that tuned; there readLock',
      );
      const place = temporaryFolder('library-tasks');
      symlinkSync(dirname(taskFolder), join(place, 'tasks'));
      const answer = testContext(['answer', folder], { cwd: place });
      Object.assign(answer.stderr, { isTTY: true });
      expect(await runCli(answer)).toBe(0);
      expect(answer.stderr.text).toBe('\r\u001b[KReading what the run recorded …\r\u001b[K');
      expect(answer.stdout.text.replaceAll(/\s+/g, ' ')).toContain('its grader cannot be called here');
      const loaded = mixtune.unwrap(await mixtune.loadTask(taskFolder, { tasksFolders: [] }));
      const clock = new mixtune.VirtualClock();
      const textbook = mixtune.createTextbook([loaded]);
      const again = await mixtune.reproduce(
        await mixtune.readLock(`${folder}/best.json`),
        { concurrency: 4, repeats: 8 },
        {
          ...{ clock, task: loaded, model: mixtune.createSimulatedModel({ clock, seed: 1, textbook }) },
          ...{ card: mixtune.modelCard, signal: new AbortController().signal },
          extractAnswer: mixtune.createAnswerExtractor(loaded),
          grader: {
            ...manifest.grader,
            grade: async ({ answer, instance }) => ({
              kind: 'scored',
              value: Number(says(answer, instance)),
            }),
          },
        },
      );
      expect(again.claims.find(({ objective }) => objective === 'score')?.claimed.mean).toBe(
        best.holdout?.score.mean,
      );
      expect(again.verdict).toBe('held');
    },
  );

  it('takes a named grader, and lets simulated models know the questions', async () => {
    const { best } = await mixtune.tune({ ...few, task, grader: 'numeric', models: ['sim/sage-70b'] });
    expect(best.objectives.score.mean).toBeGreaterThan(0.5);
  });

  it.each([
    ['as their functions tell', 0.004],
    ['by their prices', undefined],
  ])('holds a ceiling in dollars with models of its user: %s', async (_, usd) => {
    let asked = 0;
    // Of 1,000 and 500 tokens: 0.004 dollars.
    const { spent, ended } = await mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, maxEvaluations: 50, maxUsd: 0.1 },
      models: {
        'mine/adder': (request) => {
          asked++;
          const tokens = { input: 1000, output: 500 };
          return {
            text: String(adder(request, { signal: undefined })),
            tokens,
            ...(usd === undefined ? {} : { usd }),
          };
        },
      },
      prices: { 'mine/adder': { input: 2, output: 4 } },
    });
    expect(ended).toBe('usd');
    expect(spent.usd).toBeCloseTo(0.004 * asked, 9);
    expect(spent.usd).toBeGreaterThan(0.07);
    expect(spent.usd).toBeLessThanOrEqual(0.1);
  });

  it.each<[unknown, string]>([
    [{ text: 7 }, 'text: expected a string, found 7'],
    [undefined, 'expected'],
    [{ text: '1', usd: -1 }, 'usd: expected'],
    [{ text: '1', usd: Number.NaN }, 'usd: expected'],
    [{ text: '1', seconds: Number.POSITIVE_INFINITY }, 'seconds: expected'],
    [{ text: '1', tokens: { input: 1 } }, 'tokens.output: expected'],
    [{ text: '1', tokens: { input: -5, output: 1 } }, 'tokens.input: expected'],
  ])('leaves an answer of another form unscored, and says what was wrong: %j', async (wrong, said) => {
    const notices: string[] = [];
    let asked = 0;
    const { best, spent } = await mixtune.tune({
      ...{ ...few, task, grader: 'numeric', maxEvaluations: 4, onNotice: (text) => notices.push(text) },
      models: {
        'mine/adder': adder,
        'mine/odd': (...call) => (++asked % 2 === 0 ? adder(...call) : (wrong as mixtune.OwnAnswer)),
      },
    });
    expect(best.objectives.score.mean).toBeGreaterThanOrEqual(0);
    expect(spent.tokensIn).toBeGreaterThan(0);
    expect(notices.join('\n')).toContain('the answer of mine/odd');
    expect(notices.join('\n')).toContain(said);
  });

  it('tunes a system of its user over a space of its own', async () => {
    const asked = new Set<string>();
    const { best } = await mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, maxEvaluations: 20 },
      models: ['rag/near', 'rag/far'],
      system: (question, { model, prompt, temperature }) => {
        asked.add(`${model} ${prompt} ${temperature}`);
        const good = model === 'rag/far' && prompt === 'Add carefully.' && temperature === 1;
        const [a, b] = question.split(' + ').map(Number);
        return {
          text: good ? String((a ?? 0) + (b ?? 0)) : '-1',
          tokens: { input: 10, output: 1 },
          usd: 0.01,
        };
      },
    });
    expect(best.objectives.score.mean).toBe(1);
    expect(best.objectives.usd.mean).toBeCloseTo(0.01, 9);
    expect(asked.size).toBeGreaterThan(3);
  });

  it('takes a strategy of its user', async () => {
    const mine = (context: mixtune.StrategyContext) => mixtune.createStrategy('random', context);
    const { evaluations, strategy } = await mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, models: { 'mine/adder': adder }, strategy: mine },
    });
    expect(strategy).toBe('own');
    expect(evaluations).toBe(4);
  });

  it('is iterated for its progress, and stopped', async () => {
    const tuning = mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, maxEvaluations: 4 },
      models: { 'mine/adder': adder },
    });
    const phases = new Set<string>();
    for await (const { phase } of tuning) phases.add(phase);
    expect(phases).toContain('done');
    expect((await tuning).ended).toBe('evaluations');

    const endless = mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, maxEvaluations: 4, holdoutRepeats: 500 },
      models: { 'mine/adder': adder },
    });
    for await (const { phase } of endless) if (phase === 'holdout') endless.stop();
    expect((await endless).ended).toBe('interrupted');
  });

  it.skipIf(!thorough)('counts what a function throws as an outage, and tells of it', async () => {
    const notices: string[] = [];
    const failing = mixtune.tune({
      ...{ ...few, task, grader: 'numeric', space: prompts, maxSeconds: 2 },
      models: {
        'mine/broken': () => {
          throw new Error('no connection to sk-1234567890abcdef1234');
        },
      },
      onNotice: (notice) => notices.push(notice),
    });
    await expect(failing).rejects.toThrow();
    expect(notices.join()).toContain('no connection');
    expect(notices.join()).not.toContain('1234567890abcdef');
  });

  it('leaves answers unscored where a function throws what cannot be read', async () => {
    const notices: string[] = [];
    let asked = 0;
    const hostile = new Proxy(
      {},
      { get: () => raise('not to be read'), getPrototypeOf: () => raise('not to be known') },
    );
    const { best } = await mixtune.tune({
      ...{ ...few, task, space: prompts, onNotice: (text) => notices.push(text), clock: fastClock(100) },
      grader: (answer, { gold }) => {
        if (asked++ % 5 === 4) throw hostile;
        return answer.includes(`${gold}`);
      },
      models: {
        'mine/adder': (...call) => {
          if (asked++ % 5 === 4) throw hostile;
          return adder(...call);
        },
      },
    });
    expect(best.objectives.score.mean).toBeGreaterThan(0);
    expect(notices.join('\n')).toContain('mine/adder threw: something was thrown that cannot be read');
  });

  it.each([
    ['throws', () => raise('boom api_key=abcdef123'), 'the grader failed: boom api_key=[redacted]'],
    ['rejects', () => Promise.reject(new Error('no')), 'the grader failed: no'],
    ['gives no number', () => Number.NaN, 'the grader gave NaN, expected 0 to 1'],
    ['gives nothing', () => undefined as unknown as number, 'the grader gave nothing'],
  ] satisfies [string, mixtune.OwnGrader, string][])(
    'ends where a function that grades %s each time',
    async (_, grader, error) => {
      const job = { ...few, task, grader, space: prompts, models: { 'mine/adder': adder } };
      const tuning = mixtune.tune({ ...job, maxEvaluations: 100, concurrency: 1 });
      await expect(tuning).rejects.toMatchObject({
        code: 'grader-fails',
        message: expect.stringContaining(`all of the first 12 answers; its last error: ${error}`),
      });
    },
  );

  it('goes on where a function that grades throws now and then', async () => {
    let answers = 0;
    const grader: mixtune.OwnGrader = (answer, { gold }) =>
      answers++ % 2 === 0 ? raise('boom') : answer.includes(`${gold}`);
    const { best } = await mixtune.tune({
      ...few,
      task,
      grader,
      space: prompts,
      models: { 'mine/adder': adder },
    });
    expect(best.objectives.score.mean).toBeGreaterThan(0);
  });

  it.skipIf(!thorough).each([{ 'mine/adder': adder }, ['sim/wisp-1b']])(
    'tells of a function that gives no grade: %o',
    async (models) => {
      const said: string[] = [];
      let tell: () => void = () => undefined;
      const told = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const { best } = await mixtune.tune({
        ...{ ...few, task, models, space: prompts, cache: false, clock: fastClock(20) },
        grader: async () => {
          await told;
          return true;
        },
        onNotice: (text) => {
          said.push(text);
          tell();
        },
      });
      expect(best.objectives.score.mean).toBe(1);
      expect(said[0]).toMatch(
        /^grader own: no grade has come for \d+ s: it holds (?:an answer|\d+ answers)$/,
      );
    },
  );

  it.each([
    [
      'a task without a grader',
      { task, models: ['sim/*'] },
      'grader: expected a grader beside the questions',
    ],
    ['no models', { task, grader: 'numeric' }, 'models: expected names such as openai/gpt-4o-mini'],
    ['a foreign grader', { task, grader: 'numerical', models: ['sim/*'] }, 'did you mean "numeric"'],
    [
      'a wrong space',
      { task, grader: 'numeric', models: ['sim/*'], space: { temperatures: [] } },
      'space at temperatures',
    ],
    [
      'no questions',
      { task: { instances: [] }, grader: 'numeric', models: ['sim/*'] },
      'one question at least',
    ],
    ['an unknown model', { task, grader: 'numeric', models: ['sim/none'] }, 'sim/none'],
    [
      'a ceiling in dollars of models without a price',
      { task, grader: 'numeric', models: { 'mine/adder': adder }, maxUsd: 1 },
      'maxUsd: expected models whose prices are known (prices), or another ceiling (maxTokens, maxCalls), found no price for mine/adder',
    ],
    [
      'a bound in dollars of models without a price',
      { task, grader: 'numeric', models: { 'mine/adder': adder }, bounds: { usd: 1 } },
      'bounds: expected models whose prices are known (prices)',
    ],
    [
      'a price that is none',
      {
        task,
        grader: 'numeric',
        models: { 'mine/adder': adder },
        prices: { 'mine/adder': { input: -1, output: 1 } },
      },
      'prices at ["mine/adder"].input',
    ],
    ['a system without a space', { task, grader: 'numeric', system: () => '' }, 'agents { min: 1, max: 1 }'],
  ])('refuses %s, naming what is expected', async (_, options, message) => {
    const wrong = { runsFolder, ...options } as unknown as mixtune.TuneOptions;
    await expect(mixtune.tune(wrong)).rejects.toThrow(message);
  });
});
