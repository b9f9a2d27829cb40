import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { tune } from '../../src/index.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const runsFolder = temporaryFolder('library-prices');
const env = { MIXTUNE_HOME: join(runsFolder, 'home') };
const job = {
  runsFolder,
  env,
  task: 'contest-math',
  strategy: 'random',
  maxEvaluations: 1,
  holdoutRepeats: 0,
} as const;

describe('prices that a program gives', () => {
  it('count for simulated models, and go with the run', async () => {
    const prices = { 'sim/wisp-1b': { input: 3, output: 7 } };
    const { spent, run } = await tune({ ...job, models: ['sim/wisp-1b'], prices });
    expect(spent.usd).toBeCloseTo((3 * spent.tokensIn + 7 * spent.tokensOut) / 1e6, 12);
    const line = ['score', run, '--runs-dir', runsFolder, '--max-usd', '9', '--repeats', '1', '--json'];
    const context = testContext(line, { cwd: runsFolder, env });
    expect(await runCli(context), context.stderr.text).toBe(0);
    const { tokens, usd } = JSON.parse(context.stdout.text).configs[0].objectives;
    // By its own price a token is a hundredth as dear.
    expect(usd.mean).toBeGreaterThan((3 * tokens.mean) / 1e6);
  });

  it('for other models are told', async () => {
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    await tune({
      ...job,
      models: ['sim/wisp-1b'],
      prices: { 'sim/wips-1b': { input: 3, output: 7 } },
      onNotice,
    });
    expect(notices.join('\n')).toContain(
      'prices: no price for sim/wisp-1b (there is one for "sim/wips-1b"): the usual one counts, where there is one',
    );
  });

  it.each([4, 16])(
    'hold a ceiling where now and then a call costs far more (%i in flight)',
    async (concurrency) => {
      let [asked, told] = [0, 0];
      const { spent, ended } = await tune({
        ...{
          runsFolder,
          env,
          strategy: 'random',
          maxUsd: 0.3,
          concurrency,
          holdoutRepeats: 0,
          reflection: false,
        },
        ...{ task: { instances: [{ input: '1+1', gold: 2 }] }, grader: 'numeric' },
        // By its price a call costs two hundredths of a cent at most.
        prices: { 'mine/fee': { input: 0.01, output: 0.1 } },
        models: {
          'mine/fee': async () => {
            // One of the first calls, so that it is known, and each fifth.
            const usd = asked++ % 5 === 1 ? 0.02 : 0.0001;
            await new Promise(setImmediate);
            told += usd;
            return { text: '2', tokens: { input: 10, output: 10 }, usd };
          },
        },
      });
      expect(ended).toBe('usd');
      expect(spent.usd).toBeCloseTo(told, 9);
      expect(spent.usd).toBeGreaterThan(0.2);
      expect(spent.usd).toBeLessThanOrEqual(0.3 + 1e-9);
    },
  );
});
