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
  maxEvaluations: 2,
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
});
