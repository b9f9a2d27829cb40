import { unwrap } from '../core/result.ts';
import { type ConfigId, modelsOf } from '../domain/moa-config.ts';
import { parseSearchSpace, settleSpace } from './space-file.ts';
import type { TrialReport } from './strategy.ts';
import { ConfigEncoder } from './surrogate/encoded-config.ts';
import { Knowledge } from './surrogate/knowledge.ts';
import { type JointScores, ScorePosterior } from './surrogate/score-posterior.ts';
import { SparseFeatures } from './surrogate/sparse-features.ts';
import { TrialLog } from './surrogate/trial-log.ts';

/**
 * What is believed of the true scores of some trials together, from all that a search measured, whatever its strategy.
 * @param reports of all trials, `asked` among them; each of `asked` has a score
 */
export function jointScores(reports: readonly TrialReport[], asked: readonly ConfigId[]): JointScores {
  const models = [...new Set(reports.flatMap(({ config }) => modelsOf(config)))];
  const log = new TrialLog(new ConfigEncoder(settleSpace(anySpace(), models)));
  const places = new Map<ConfigId, number>();
  for (const report of reports) {
    if (report.cells.length > 0) places.set(report.id, log.add(report).trial);
  }
  const position = log.entries.length;
  const knowledge = new Knowledge(log.trials, log.newestAt(position), log.encoder.models);
  const beliefs = new ScorePosterior(log, new SparseFeatures(), knowledge, position);
  return beliefs.jointly(asked.map((id) => places.get(id) ?? -1));
}

/** What beliefs are made of follows from the configs alone. */
const anySpace = () => {
  const stages = { kinds: [], max: 0 };
  const agents = { min: 1, max: 1 };
  const file = { version: 1, name: 'any', temperatures: [0], agents, stages, prompts: { single: ['-'] } };
  return unwrap(parseSearchSpace(file, 'any space'));
};

