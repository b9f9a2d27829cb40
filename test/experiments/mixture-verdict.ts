/**
 * Whether what a run says of mixing is true on average:
 *   npx tsx test/experiments/mixture-verdict.ts [runs=60] [first-seed=1]
 * Each run tunes with `auto` in a world whose true scores are known (test/run/mixing-world.ts). Told are the differences
 * of the headline on the holdout; true are those of the same configs' true scores. Results: test/experiments/results.md.
 */
import { argv, stdout } from 'node:process';
import { mean, meanInterval, wilsonInterval } from '../../src/core/statistics.ts';
import type { HeadlineKind } from '../../src/domain/headliners.ts';
import { memberOfFile } from '../../src/domain/run-result.ts';
import { drawMixingWorld, tuneMixingWorld } from '../run/mixing-world.ts';

interface Told {
  readonly told: number;
  readonly true: number;
  readonly covered?: boolean;
}

const evaluations = [24, 40, 60] as const;
const comparisons: readonly (readonly [HeadlineKind, HeadlineKind])[] = [
  ['tuned-single', 'single'],
  ['mixture', 'tuned-single'],
  ['mixture', 'single'],
  ['mixture', 'vote'],
];

const runs = Number(argv[2] ?? 60);
const first = Number(argv[3] ?? 1);
const found = new Map<string, Told[]>();
const note = (name: string, told: Told): void => void found.set(name, [...(found.get(name) ?? []), told]);

for (let seed = first; seed < first + runs; seed++) {
  const world = drawMixingWorld(seed, { tuning: 24, holdout: 40 });
  const maxEvaluations = evaluations[seed % evaluations.length] ?? 40;
  const { file } = await tuneMixingWorld(world, { budget: { maxEvaluations } });
  const truthOf = (id: string): number => {
    const config = memberOfFile(file, id)?.config;
    if (config === undefined) throw new Error(`${id} is not in the result`);
    return world.truth(config);
  };
  for (const [kind, rival] of comparisons) {
    const line = file.headline?.lines.find((each) => each.kind === kind);
    const over = line?.over.find((each) => each.kind === rival);
    if (line === undefined || over === undefined || over.low === null || over.high === null) continue;
    const truth = truthOf(line.id) - truthOf(over.id);
    note(`${kind} over ${rival}`, {
      told: over.mean,
      true: truth,
      covered: over.low <= truth && truth <= over.high,
    });
  }
}

stdout.write(
  `${'told on the holdout'.padEnd(38)}runs    told     true    told - true [95%]          interval holds truth\n`,
);
for (const [name, all] of found) {
  const errors = meanInterval(all.map((each) => each.told - each.true));
  const show = (value: number | null): string => (value ?? 0).toFixed(3).padStart(7);
  const judged = all.filter(({ covered }) => covered !== undefined);
  const held = wilsonInterval(judged.filter(({ covered }) => covered).length, judged.length);
  const coverage =
    judged.length === 0
      ? ''
      : `${(100 * (held.mean ?? 0)).toFixed(0)}% [${(100 * (held.low ?? 0)).toFixed(0)}, ${(100 * (held.high ?? 0)).toFixed(0)}]`;
  stdout.write(
    `${name.padEnd(38)}${String(all.length).padStart(4)} ${show(mean(all.map(({ told }) => told)))}  ${show(mean(all.map((each) => each.true)))}  ` +
      `${show(errors.mean)} [${show(errors.low)}, ${show(errors.high)}]   ${coverage}\n`,
  );
}
