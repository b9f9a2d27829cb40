/**
 * Rehearsals of shipped tasks against real runs of them with the simulated models, through the command line: first
 * without an earlier run, then with that one to learn from. Each run draws four models of its own.
 *   npx tsx test/experiments/rehearse-sim.ts --tasks code-challenge,contest-math --runs 6
 * `--from N` (first run's number), `--evaluations N`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli } from '../../src/cli/program.ts';
import { createRng } from '../../src/core/rng.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { testContext } from '../support/cli.ts';

async function command(line: readonly string[]) {
  const context = testContext(line);
  const code = await runCli(context);
  if (code !== 0) throw new Error(`${line.join(' ')}: ended with ${code}: ${context.stderr.text}`);
  return JSON.parse(context.stdout.text);
}

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'code-challenge' },
    runs: { type: 'string', default: '6' },
    from: { type: 'string', default: '1' },
    evaluations: { type: 'string', default: '30' },
  },
});
const tasks = values.tasks.split(',');
const first = Number(values.from);
const covered = { first: [0, 0, 0, 0], learned: [0, 0, 0, 0] };
for (let number = first; number < first + Number(values.runs); number++) {
  for (const task of tasks) await compare(task, number);
}
process.stdout.write(
  `at or below the 90th percentile (calls, tokens, usd, seconds): ${JSON.stringify(covered)}\n`,
);

async function compare(task: string, number: number): Promise<void> {
  const runsDir = await mkdtemp(join(tmpdir(), 'mixtune-rehearse-sim-'));
  const models = createRng(`rehearse-sim/${number}`)
    .shuffle(simulatedModels.map((card) => card.name))
    .slice(0, 4);
  for (const [kind, seed] of [
    ['first', number],
    ['learned', 1000 + number],
  ] as const) {
    const job = [task, '--models', models.join(','), '--seed', String(seed), '--json'];
    const limits = ['--max-evaluations', values.evaluations, '--runs-dir', runsDir];
    const { total } = await command(['rehearse', ...job, ...limits, '--rehearsals', '9']);
    const { spent } = await command(['tune', ...job, ...limits, '--run', kind]);
    const { calls, tokensIn, tokensOut, usd, seconds } = spent;
    const real = { calls, tokens: tokensIn + tokensOut, usd, seconds };
    const cells = (['calls', 'tokens', 'usd', 'seconds'] as const).map((name, index) => {
      const { median, p90 } = total[name];
      if (real[name] <= p90) covered[kind][index] = (covered[kind][index] ?? 0) + 1;
      return `${name} ${(real[name] / median).toFixed(2)} of the median, ${(real[name] / p90).toFixed(2)} of the 90th`;
    });
    process.stdout.write(`${task} ${number} ${kind} (seed ${seed}): ${cells.join('; ')}\n`);
  }
  await rm(runsDir, { recursive: true, force: true });
}
