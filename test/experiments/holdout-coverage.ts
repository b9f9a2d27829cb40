/**
 * How often the interval of the winner's reported holdout score covers its true score, and whether the score
 * is biased:
 *   npx tsx test/experiments/holdout-coverage.ts [runs=1000] [first-seed=1]
 * Each run is a whole tuning run (12 configs, growing fidelity, racing, finish, holdout) on the virtual clock
 * in a world whose questions come from a population of known difficulty; see test/experiments/results.md. The runs are
 * spread over the populations below, from scores near one half to scores near 1, right-or-wrong and graded.
 */
import { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { mean, variance, wilsonInterval } from '../../src/core/statistics.ts';
import { type Population, type ReportedScore, tunedWinner } from '../run/population-world.ts';

export const populations: readonly Population[] = [
  { name: 'half right, 20 questions', ability: 0, scores: 'right', tuning: 16, holdout: 20 },
  { name: 'half right, 60 questions', ability: 0, scores: 'right', tuning: 32, holdout: 60 },
  { name: 'mostly right, 20 questions', ability: 1.2, scores: 'right', tuning: 16, holdout: 20 },
  { name: 'mostly right, 60 questions', ability: 1.2, scores: 'right', tuning: 32, holdout: 60 },
  { name: 'nearly all right, 60 questions', ability: 2.4, scores: 'right', tuning: 32, holdout: 60 },
  { name: 'mostly wrong, 30 questions', ability: -2, scores: 'right', tuning: 16, holdout: 30 },
  { name: 'graded, 8 questions', ability: 0.5, scores: 'graded', tuning: 8, holdout: 8 },
  { name: 'graded, 40 questions', ability: 0.5, scores: 'graded', tuning: 16, holdout: 40 },
];

async function main(): Promise<void> {
  const runs = Number(argv[2] ?? 1000);
  const first = Number(argv[3] ?? 1);
  const all: ReportedScore[] = [];
  const byName = new Map<string, ReportedScore[]>(populations.map(({ name }) => [name, []]));
  for (let seed = first; seed < first + runs; seed++) {
    const population = populations[seed % populations.length] as Population;
    const reported = await tunedWinner(population, seed);
    all.push(reported);
    byName.get(population.name)?.push(reported);
  }
  stdout.write(`${'population'.padEnd(34)}runs  covered   error of holdout   of tuning  width\n`);
  for (const [name, reports] of byName) stdout.write(lineOf(name, reports));
  stdout.write(lineOf('all', all));
}

function lineOf(name: string, reports: readonly ReportedScore[]): string {
  if (reports.length < 2) return '';
  const covered = reports.filter(({ truth, low, high }) => low <= truth && truth <= high).length;
  const { low, high } = wilsonInterval(covered, reports.length);
  const errors = reports.map(({ truth, holdout }) => holdout - truth);
  const standardError = Math.sqrt((variance(errors) ?? 0) / errors.length);
  const tuning = mean(reports.map((each) => each.tuning - each.truth)) ?? 0;
  const width = mean(reports.map((each) => each.high - each.low)) ?? 0;
  const percent = (share: number | null): string => (100 * (share ?? 0)).toFixed(1);
  return (
    `${name.padEnd(34)}${String(reports.length).padStart(4)}  ${percent(covered / reports.length)}% ` +
    `[${percent(low)}, ${percent(high)}]  ${(mean(errors) ?? 0).toFixed(4)} ± ${standardError.toFixed(4)}` +
    `   ${tuning.toFixed(4)}  ${width.toFixed(3)}\n`
  );
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await main();
