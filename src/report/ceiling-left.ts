import { type Budget, countedBy, isCeilingReason, type Meter, spendingCeilingsOf } from '../domain/budget.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { formatMeter } from './format.ts';

/** Of a ceiling; less is what rounding and calls of usual size leave. */
const muchLeft = 0.1;

/**
 * What is left of the ceiling that ended a run, where that is much: each call sets its worst case aside before it is
 * sent, and the search ends where what the result is measured with is set aside.
 * @returns behind why the run ended, with a comma; else nothing
 */
export function ceilingLeftText(file: FrontFile, budget: Budget | undefined): string {
  const { unmeasured, spent, ended } = file;
  const ceilings = spendingCeilingsOf(budget ?? {}).flatMap((ceiling) => {
    const used = countedBy(ceiling, spent);
    return used === null ? [] : [{ ...ceiling, used: ceiling.limit - used }];
  });
  // A call takes one of the calls, and time is not set aside for it.
  const kept = ceilings.filter(({ unit, ends }) => {
    const isSetAside = unit === 'usd' || unit === 'many';
    return isSetAside && ends === unmeasured?.because;
  });
  if (kept.length > 0) return leftText(kept, 'less than the next call may cost');
  if (isCeilingReason(unmeasured?.because ?? '')) return '';
  const ofSearch = ceilings.filter(({ ends }) => ends === ended);
  return leftText(ofSearch, 'set aside for measuring the result, and not needed');
}

function leftText(left: readonly Meter[], why: string): string {
  const shares = left.map((meter) => ({ meter, share: (meter.used ?? 0) / (meter.limit ?? Infinity) }));
  const [tightest] = shares.sort((a, b) => a.share - b.share);
  if (tightest === undefined || tightest.share < muchLeft) return '';
  return `, with ${formatMeter(tightest.meter)} left: ${why}`;
}
