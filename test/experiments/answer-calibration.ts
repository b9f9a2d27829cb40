/**
 * How often `answer`'s 80% interval for the gain of a doubled budget holds the truth, over simulated runs:
 * `npx tsx test/experiments/answer-calibration.ts [runs=500] [first=1000] [factor=2] [strategy] [store]`. Without a
 * strategy evolution, in some worlds random; each verdict is added to the store (a JSON line), where one is named. Each world is played
 * once with a budget and once with `factor` times it; `answer` sees the first run's journal only (`finished`)
 * or the second's up to where the budget was used (`cut`), and the truth is what the second run's best is
 * truly worth beyond the first's.
 */

import { appendFileSync } from 'node:fs';
import { shortestInterval } from '../../src/analysis/answer/forecast.ts';
import { createRng } from '../../src/core/rng.ts';
import { calibrationCase, type Verdict } from '../analysis/answer/calibration.ts';

const [runs = 500, first = 1000, factor = 2] = process.argv.slice(2, 5).map(Number);
const [strategy, store] = process.argv.slice(5);
if (strategy !== undefined && strategy !== 'auto' && strategy !== 'evolution' && strategy !== 'random')
  throw new Error(`expected auto, evolution or random, found "${strategy}"`);
const verdicts: Verdict[] = [];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function summary(name: string, part: readonly Verdict[]): string {
  const told = part.filter((verdict) => verdict.told !== null);
  const share = (test: (told: NonNullable<Verdict['told']>, truth: number) => boolean): string =>
    mean(told.map(({ told: said, truth }) => (said !== null && test(said, truth) ? 1 : 0))).toFixed(3);
  const of = (value: (told: NonNullable<Verdict['told']>, truth: number) => number): string =>
    mean(told.flatMap(({ told: said, truth }) => (said === null ? [] : [value(said, truth)]))).toFixed(4);
  return [
    name.padEnd(26),
    `runs ${part.length}`,
    `answered ${told.length}`,
    `covered ${share(({ low, high }, truth) => low - 1e-9 <= truth && truth <= high + 1e-9)}`,
    `below ${share(({ low }, truth) => truth < low - 1e-9)}`,
    `above ${share(({ high }, truth) => truth > high + 1e-9)}`,
    `width ${of(({ low, high }) => high - low)}`,
    `expected ${of(({ gain }) => gain)}`,
    `true ${of((_, truth) => truth)}`,
  ].join('  ');
}

for (let number = first; number < first + runs; number++) {
  const evaluations = createRng(`answer-evaluations/${number}`).pick([40, 60, 100, 140]);
  const said = calibrationCase(number, evaluations, factor, strategy);
  verdicts.push(...said);
  if (store !== undefined)
    appendFileSync(store, said.map((verdict) => `${JSON.stringify(verdict)}\n`).join(''));
  const done = number - first + 1;
  if (done % 20 === 0 && done < runs) {
    process.stderr.write(
      `${summary(
        `finished, so far`,
        verdicts.filter(({ journal }) => journal === 'finished'),
      )}\n`,
    );
    process.stderr.write(
      `${summary(
        `cut, so far`,
        verdicts.filter(({ journal }) => journal === 'cut'),
      )}\n`,
    );
  }
}

/** Width of the best interval for somebody who knows all true gains but not which is whose. */
const truths = verdicts.filter(({ journal }) => journal === 'finished').map(({ truth }) => truth);
const constant = shortestInterval(truths, 0.8);
print(
  `true gains: 80% within ${constant.low.toFixed(4)} to ${constant.high.toFixed(4)}, width ${(constant.high - constant.low).toFixed(4)}`,
);

for (const journal of ['finished', 'cut'] as const) {
  const part = verdicts.filter((verdict) => verdict.journal === journal);
  print(summary(journal, part));
  for (const key of ['strategy', 'evaluations', 'checks', 'instances'] as const) {
    for (const value of [...new Set(part.map((verdict) => verdict[key]))].sort()) {
      print(
        summary(
          `  ${key} ${value}`,
          part.filter((verdict) => verdict[key] === value),
        ),
      );
    }
  }
}

for (const journal of ['finished', 'cut'] as const) {
  for (const name of ['first', 'baseline'] as const) {
    for (const basis of ['holdout', 'tuning'] as const) {
      const part = verdicts
        .filter((verdict) => verdict.journal === journal)
        .flatMap(({ gains }) => gains.filter((gain) => gain.name === name && gain.told.basis === basis));
      if (part.length === 0) continue;
      const held = part.map(({ told: { low, high }, truth }) =>
        (low ?? -1) <= truth && truth <= (high ?? 1) ? 1 : 0,
      );
      const width = mean(part.map(({ told: { low, high } }) => (high ?? 1) - (low ?? -1)));
      const error = mean(part.map(({ told, truth }) => told.mean - truth));
      const naive = mean(part.map(({ told, truth }) => told.measured - truth));
      print(
        `${journal}, gain over ${name} by ${basis}: ${part.length} runs, 95% interval holds ${mean(held).toFixed(3)}, ` +
          `width ${width.toFixed(3)}, told less true ${error.toFixed(4)}, measured less true ${naive.toFixed(4)}`,
      );
    }
  }
}
