/**
 * Rehearsals of the code challenge against real runs of it with the simulated models, through the command
 * line: first without an earlier run, then with that one to learn from.
 *   npx tsx test/experiments/rehearse-sim.ts --runs 6
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli } from '../../src/cli/program.ts';
import { createRng } from '../../src/core/rng.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { testContext } from '../support/cli.ts';

const evaluations = 30;

async function command(line: readonly string[]) {
  const context = testContext(line);
  const code = await runCli(context);
  if (code !== 0) throw new Error(`${line.join(' ')}: ended with ${code}: ${context.stderr.text}`);
  return JSON.parse(context.stdout.text);
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '6' } } });
const covered = { first: [0, 0, 0], learned: [0, 0, 0] };
for (let number = 1; number <= Number(values.runs); number++) {
  const runsDir = await mkdtemp(join(tmpdir(), 'mixtune-rehearse-sim-'));
  const models = createRng(`rehearse-sim/${number}`)
    .shuffle(simulatedModels.map((card) => card.name))
    .slice(0, 4);
  for (const [kind, seed] of [
    ['first', number],
    ['learned', 1000 + number],
  ] as const) {
    const job = ['code-challenge', '--models', models.join(','), '--seed', String(seed), '--json'];
    const limits = ['--max-evaluations', String(evaluations), '--runs-dir', runsDir];
    const { total } = await command(['rehearse', ...job, ...limits, '--rehearsals', '9']);
    const { spent } = await command(['tune', ...job, ...limits, '--run', kind]);
    const real = { tokens: spent.tokensIn + spent.tokensOut, usd: spent.usd, seconds: spent.seconds };
    const cells = (['tokens', 'usd', 'seconds'] as const).map((name, index) => {
      const { median, p90 } = total[name];
      if (real[name] <= p90) covered[kind][index] = (covered[kind][index] ?? 0) + 1;
      return `${name} ${(real[name] / median).toFixed(2)} of the median, ${(real[name] / p90).toFixed(2)} of the 90th`;
    });
    process.stdout.write(`${number} ${kind} (seed ${seed}): ${cells.join('; ')}\n`);
  }
  await rm(runsDir, { recursive: true, force: true });
}
process.stdout.write(`at or below the 90th percentile (tokens, usd, seconds): ${JSON.stringify(covered)}\n`);
