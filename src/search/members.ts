import { often } from '../domain/failed-stages.ts';
import { baseline, cameBy, ownSystem } from '../domain/headliners.ts';
import { modelsOf } from '../domain/moa-config.ts';
import type { Baseline, FrontMember } from '../domain/run-result.ts';
import type { Trial } from './trial.ts';

export function memberOf(trial: Trial): FrontMember {
  const { id, config, origin, estimates } = trial;
  const failedStages = trial.failures('all').inShare(often);
  return {
    id,
    config,
    objectives: estimates,
    holdout: trial.holdoutEstimates,
    cells: trial.measurements().length,
    holdoutCells: trial.scored('holdout').length,
    origin,
    ...(failedStages.length === 0 ? {} : { failedStages }),
  };
}

/** A baseline as the result has it: labelled as the user's own system, as its single model, or as both. */
export function baselineOf(trial: Trial): Baseline {
  const { config, origin } = trial;
  const labels = [
    ...(cameBy(ownSystem, origin.operator) ? [`your own system ${config.name}`] : []),
    ...(cameBy(baseline, origin.operator) ? [`single ${modelsOf(config).join(', ')}`] : []),
  ];
  return { ...memberOf(trial), label: [...new Set(labels)].join(', ') };
}
