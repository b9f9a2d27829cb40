/**
 * How often `reproduce` accepts true claims and finds out inflated ones:
 *   npx tsx test/experiments/reproduce-power.ts [runs=500] [first-seed=1]
 * Each run tunes in the noisy world of test/run (seed = number of the run), locks its best point and
 * measures it again with the default repeats. Printed as a table; see test/experiments/results.md.
 */
import { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { reproduce } from '../../src/analysis/reproduce/reproduce.ts';
import { testClaims, verdictsOf } from '../../src/analysis/reproduce/verdicts.ts';
import { createRng } from '../../src/core/rng.ts';
import { wilsonInterval } from '../../src/core/statistics.ts';
import { type ObjectiveName, objectiveDirections, objectiveNames } from '../../src/domain/objective.ts';
import { editedLock, shiftedClaim, standardErrorOf, tunedLock } from '../analysis/reproduce/noisy-lock.ts';
import { noisyDependencies, noisyTask, trueScore } from '../run/noisy-world.ts';

/** Counts of one run or of many: how often what was looked for happened, and of how many. */
export type Tally = Record<string, { hits: number; of: number }>;

export async function playRun(seed: number): Promise<Tally> {
  const tally: Tally = {};
  const count = (name: string, hit: boolean): void => {
    const { hits, of } = tally[name] ?? { hits: 0, of: 0 };
    tally[name] = { hits: hits + (hit ? 1 : 0), of: of + 1 };
  };
  const { lock } = await tunedLock(seed);
  const { holdout } = lock.claims;
  if (holdout === null) throw new Error(`run ${seed} measured no holdout`);
  const again = await reproduce(lock, { concurrency: 16 }, noisyDependencies(seed));
  count('true lock accepted: exit 0', again.verdict === 'held');
  for (const claim of again.claims.filter(({ split }) => split === 'holdout')) {
    count(`true ${claim.objective} claim accepted`, claim.verdict === 'held');
  }
  const test = (objective: ObjectiveName, shift: number): boolean => {
    const claim = shiftedClaim(holdout, objective, shift);
    const tested = testClaims(claim, again.fresh, objectiveNames, createRng(`shift/${seed}/${objective}`));
    return tested.get(objective)?.rejected === true;
  };
  for (const objective of objectiveNames) {
    const better = objectiveDirections[objective] === 'max' ? 1 : -1;
    const error = standardErrorOf(holdout, objective);
    const edited = editedLock(lock, objective, better * 2 * error);
    const rng = createRng(`edited/${seed}`);
    const verdicts = verdictsOf(edited, 'holdout', again.fresh, {}, rng);
    count(
      `${objective} written 2 se better: exit 1`,
      verdicts.some((each) => each.verdict === 'not-held'),
    );
    count(`${objective} cells drawn 2 se better: rejected`, test(objective, better * 2 * error));
    count(`${objective} cells drawn 3 se better: rejected`, test(objective, better * 3 * error));
    count(`${objective} cells drawn 4 se better: rejected`, test(objective, better * 4 * error));
  }
  const truth = trueScore(
    seed,
    lock.member.config,
    noisyTask.holdout.map(({ id }) => id),
  );
  const claimed = holdout.objectives.score.mean ?? 0;
  const aboveTruth = truth + 2 * standardErrorOf(holdout, 'score') - claimed;
  count('score claim 2 se above the truth: rejected', test('score', aboveTruth));
  return tally;
}

export function addTo(total: Tally, tally: Tally): void {
  for (const [name, { hits, of }] of Object.entries(tally)) {
    const before = total[name] ?? { hits: 0, of: 0 };
    total[name] = { hits: before.hits + hits, of: before.of + of };
  }
}

async function main(): Promise<void> {
  const runs = Number(argv[2] ?? 500);
  const first = Number(argv[3] ?? 1);
  const total: Tally = {};
  for (let seed = first; seed < first + runs; seed++) addTo(total, await playRun(seed));
  for (const [name, { hits, of }] of Object.entries(total)) {
    const { low, high } = wilsonInterval(hits, of);
    const percent = (share: number | null): string => `${(100 * (share ?? 0)).toFixed(1)}%`;
    stdout.write(
      `${name.padEnd(48)} ${String(hits).padStart(4)} of ${of}  ${percent(hits / of)} [${percent(low)}, ${percent(high)}]\n`,
    );
  }
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await main();
