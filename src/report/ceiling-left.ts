import { type Budget, countedBy, spendingCeilingsOf } from '../domain/budget.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { formatMeter } from './format.ts';

/** Of a ceiling; less is what rounding and calls of usual size leave. */
const muchLeft = 0.1;

/**
 * What is left of the ceiling that kept a run from measuring all that it wanted, where that is much: each call sets its
 * worst case aside before it is sent.
 * @returns behind why the run ended, with a comma; else nothing
 */
export function ceilingLeftText({ unmeasured, spent }: FrontFile, budget: Budget | undefined): string {
  const left = spendingCeilingsOf(budget ?? {}).flatMap((ceiling) => {
    const used = countedBy(ceiling, spent);
    // A call takes one of the calls, and time is not set aside.
    const isSetAside = ceiling.unit === 'usd' || ceiling.unit === 'many';
    if (used === null || !isSetAside || ceiling.ends !== unmeasured?.because) return [];
    return [{ ...ceiling, used: ceiling.limit - used }];
  });
  const [tightest] = left.sort((a, b) => a.used / a.limit - b.used / b.limit);
  if (tightest === undefined || tightest.used < muchLeft * tightest.limit) return '';
  return `, with ${formatMeter(tightest)} left: less than the next call may cost`;
}
