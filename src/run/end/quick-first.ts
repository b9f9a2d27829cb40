import { modelsOf } from '../../domain/moa-config.ts';
import { cheapestOf, extremeOf, kneeOf } from '../../domain/named-points.ts';
import type { ObjectiveName } from '../../domain/objective.ts';
import type { Trial } from '../../search/trial.ts';
import type { PlanOptions } from '../plan-types.ts';
import { leftCells, type Share } from './end-cells.ts';

/** Those that are measured before anybody else take no more than this part of the slots' time that is left. */
const quickShare = 0.4;

type Options = Pick<PlanOptions, 'recorder' | 'budget' | 'concurrency' | 'isPaced'>;

/**
 * In which order cells are begun where it is time that runs out: first those of models that may be asked so often a
 * minute only, which take few slots and would get too few answers if they began later; then whoever takes next to
 * nothing of the time that is left, quickest first; then the others as they are given. Without a ceiling on time as
 * they are given.
 */
export function quickFirst(shares: readonly Share[], options: Options): readonly Share[] {
  const { recorder, budget, concurrency, isPaced } = options;
  const { maxSeconds } = budget;
  if (maxSeconds === undefined || shares.length < 2) return shares;
  const { callTimes } = recorder.state;
  const left = Math.max(0, 1000 * maxSeconds - recorder.now()) * concurrency;
  const timed = shares.map((share) => {
    const { config } = share.trial;
    return { share, ms: leftCells(share) * callTimes.slotMs(config), paced: modelsOf(config).every(isPaced) };
  });
  const first = timed.filter(({ paced }) => paced);
  let taken = 0;
  for (const each of timed.filter(({ paced }) => !paced).sort((a, b) => a.ms - b.ms)) {
    taken += each.ms;
    if (taken > quickShare * left) break;
    first.push(each);
  }
  const before = first.map(({ share }) => share);
  const those = new Set(before);
  return [...before, ...shares.filter((share) => !those.has(share))];
}

/** Some trials, those first that are the front's knee, cheapest and fastest. */
export function namedFirst(
  trials: readonly Trial[],
  front: readonly Trial[],
  objectives: readonly ObjectiveName[],
): readonly Trial[] {
  const points = front.map((trial) => ({ trial, objectives: trial.estimates }));
  const found = [kneeOf(points, objectives), cheapestOf(points), extremeOf(points, 'latency')];
  const named = new Set(found.map((point) => point?.trial));
  return [...trials.filter((trial) => named.has(trial)), ...trials.filter((trial) => !named.has(trial))];
}
