import type { SearchSpace } from '../../../src/search/space.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { CostFit } from '../../../src/search/surrogate/cost-fit.ts';
import { ConfigEncoder } from '../../../src/search/surrogate/encoded-config.ts';
import { ScorePosterior } from '../../../src/search/surrogate/score-posterior.ts';
import { TrialLog } from '../../../src/search/surrogate/trial-log.ts';

/** All that is believed when these were told. */
export function believing(space: SearchSpace, reports: readonly TrialReport[]) {
  const log = new TrialLog(new ConfigEncoder(space));
  for (const report of reports) log.add(report);
  const fit = new CostFit(log, log.entries.length);
  fit.advance(Number.POSITIVE_INFINITY);
  const beliefs = new ScorePosterior(log, fit.knowledge, log.entries.length);
  return { log, fit, beliefs };
}
