/**
 * How often a rehearsal's 90th percentile covers what the real run takes. Simulated jobs only.
 *   npx tsx test/experiments/rehearse-coverage.ts --world other --jobs 500
 * `--world same|other`, `--learned` (an earlier run of the same world is there to learn from),
 * `--jobs N`, `--from N` (first job's number), `--rehearsals N`, `--quick` (`tune`'s forecast instead).
 */
import { parseArgs } from 'node:util';
import { assumedBeliefs, learn, quickForecast, rehearse } from '../../src/analysis/rehearse/index.ts';
import { wilsonInterval } from '../../src/core/statistics.ts';
import { drawJob, runForReal, type Truth, type WorldFamily } from './rehearse-world.ts';

const quantities = ['calls', 'tokens', 'usd', 'seconds'] as const;
type Quantity = (typeof quantities)[number];

export interface CoverageOptions {
  readonly world: WorldFamily;
  readonly learned: boolean;
  readonly quick?: boolean;
  readonly rehearsals: number;
}

export interface Comparison {
  readonly real: Truth;
  /** Real value divided by the forecast's. */
  readonly toMedian: Readonly<Record<Quantity, number>>;
  readonly toP90: Readonly<Record<Quantity, number>>;
}

/** Forecasts one job and runs it for real. */
export async function compare(number: number, options: CoverageOptions): Promise<Comparison> {
  const seed = `coverage/${number}`;
  const job = drawJob(seed);
  let beliefs = assumedBeliefs(job.task, job.settings.models, job.card);
  if (options.learned) {
    const settings = { ...job.settings, seed: job.settings.seed + 1, budget: { maxEvaluations: 8 } };
    const earlier = await runForReal({ ...job, settings }, options.world, seed);
    beliefs = learn(beliefs, { calls: earlier.past });
  }
  const { rehearsals } = options;
  const { total } = options.quick
    ? await quickForecast(job, beliefs, `${seed}/forecast`)
    : await rehearse(job, beliefs, { seed: `${seed}/forecast`, rehearsals, concurrencies: [] });
  const real = await runForReal(job, options.world, seed);
  const ratios = (share: 'median' | 'p90') =>
    Object.fromEntries(
      quantities.map((name) => [name, (real[name] ?? Number.NaN) / (total[name]?.[share] ?? Number.NaN)]),
    ) as Record<Quantity, number>;
  return { real, toMedian: ratios('median'), toP90: ratios('p90') };
}

/** Share of comparisons in which the real value was not above the forecast's, by quantity. */
export function coverage(comparisons: readonly Comparison[], of: 'toMedian' | 'toP90') {
  return quantities.map((name) => {
    // A ceiling that binds is met to rounding from both sides.
    const covered = comparisons.filter((each) => each[of][name] <= 1 + 1e-9).length;
    return { name, covered, of: comparisons.length };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      world: { type: 'string', default: 'other' },
      jobs: { type: 'string', default: '500' },
      from: { type: 'string', default: '0' },
      rehearsals: { type: 'string', default: '9' },
      learned: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const options: CoverageOptions = {
    world: values.world === 'same' ? 'same' : 'other',
    learned: values.learned,
    quick: values.quick,
    rehearsals: Number(values.rehearsals),
  };
  const comparisons: Comparison[] = [];
  const from = Number(values.from);
  for (let number = from; number < from + Number(values.jobs); number++) {
    comparisons.push(await compare(number, options));
    if (comparisons.length % 50 === 0) process.stderr.write(`${comparisons.length} jobs\n`);
  }
  process.stdout.write(`${JSON.stringify(options)}, jobs ${from} to ${from + comparisons.length - 1}\n`);
  for (const of of ['toP90', 'toMedian'] as const) {
    for (const { name, covered, of: all } of coverage(comparisons, of)) {
      const { low, high } = wilsonInterval(covered, all);
      const interval = `${(100 * (low ?? 0)).toFixed(1)} to ${(100 * (high ?? 0)).toFixed(1)}`;
      process.stdout.write(`${of} ${name}: ${((100 * covered) / all).toFixed(1)}% (${interval})\n`);
    }
  }
  const calls = comparisons.map(({ real }) => real.calls).sort((a, b) => a - b);
  process.stdout.write(
    `calls of a real run: median ${calls[Math.floor(calls.length / 2)]}, most ${calls.at(-1)}\n`,
  );
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
