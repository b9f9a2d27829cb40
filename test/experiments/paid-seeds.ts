/**
 * What it brings that a run of `--from` begins its configs on all cells that earlier runs paid for:
 *   npx tsx test/experiments/paid-seeds.ts [pairs=30] [first-seed=41] [tokens=10000]
 * In a world whose true scores are known (test/run/mixing-world.ts) a run of 40 configs is followed by one of so many
 * tokens that starts from it and has its answers: without the cells, and with them. Results: test/experiments/results.md.
 */
import { argv, stdout } from 'node:process';
import { withPaidCells } from '../../src/cli/wiring/jobs/paid-cells.ts';
import { mean, meanInterval } from '../../src/core/statistics.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { memberOfFile } from '../../src/domain/run-result.ts';
import { createMemoryCallStore, type StoredCall } from '../../src/models/call-store/stored-call.ts';
import type { SharedAnswers } from '../../src/run/calls/kept-answers.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { drawMixingWorld, mixingGrader, mixingRevision, tuneMixingWorld } from '../run/mixing-world.ts';

const pairs = Number(argv[2] ?? 30);
const firstSeed = Number(argv[3] ?? 41);
const maxTokens = Number(argv[4] ?? 10_000);

/** Answers of another store, and those that are put here. */
function above(other: SharedAnswers): SharedAnswers {
  const own = createMemoryCallStore();
  return { get: (key): StoredCall | undefined => own.get(key) ?? other.get(key), put: own.put };
}

const lost = { without: 0, with: 0 };
const gains: number[] = [];
const truths = { first: [] as number[], without: [] as number[], with: [] as number[] };
for (let seed = firstSeed; seed < firstSeed + pairs; seed++) {
  const world = drawMixingWorld(seed, { tuning: 64, holdout: 64 });
  const answers = createMemoryCallStore();
  const earlier = await tuneMixingWorld(
    world,
    { budget: { maxEvaluations: 40 }, seed: 1000 + seed },
    answers,
  );
  const best = memberOfFile(earlier.file, earlier.file.best ?? '');
  if (best === undefined) continue;
  const seeds = [best, ...earlier.file.front].map(({ config }) => config);
  const settings: TuneSettings = { ...earlier.settings, seed: 2000 + seed, seeds, budget: { maxTokens } };
  const begun = await withPaidCells(settings, {
    task: world.task,
    grader: mixingGrader,
    model: {
      revision: () => mixingRevision(seed),
      complete: () => Promise.reject(new Error('none is called')),
    },
    answers: { peek: (key) => answers.get(key) },
  });
  // Where nothing new could be measured the earlier best is what there is.
  const truthOf = (file: FrontFile): number =>
    world.truth(memberOfFile(file, file.best ?? '')?.config ?? best.config);
  const first = world.truth(best.config);
  const without = truthOf((await tuneMixingWorld(world, settings, above(answers))).file);
  const withCells = truthOf((await tuneMixingWorld(world, begun.settings, above(answers))).file);
  truths.first.push(first);
  truths.without.push(without);
  truths.with.push(withCells);
  gains.push(withCells - without);
  if (without < first - 0.01) lost.without++;
  if (withCells < first - 0.01) lost.with++;
}
const { mean: gain, low, high } = meanInterval(gains);
const show = (value: number | null): string => (value ?? 0).toFixed(3);
stdout.write(
  `${gains.length} pairs, ${maxTokens} tokens: true score of the best, earlier ${show(mean(truths.first))}, ` +
    `without ${show(mean(truths.without))} (${lost.without} worse than earlier), with ${show(mean(truths.with))} ` +
    `(${lost.with}); with − without ${show(gain)} [${show(low)}, ${show(high)}]\n`,
);
