import { defined } from '../../core/defined.ts';
import { agentsOf } from '../../domain/moa-config.ts';
import type { WritingResult } from '../../domain/run-result.ts';
import { directionsOf, frontHypervolume, nonDominated, vectorOf } from '../../pareto/index.ts';
import { cellTokens } from '../../search/bandit/rewards.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialBook } from '../../search/trial-book.ts';
import { draftOperatorOf } from '../../search/writing/draft.ts';
import type { RunState } from '../run-state.ts';
import type { TuneSettings } from '../types.ts';

/** With the share that writing begins with, so many configs without a draft are no accident. */
const stoppedAfter = 40;

/** What prompts written by a model brought a run; `undefined` where none was to be written. */
export function writingResultOf(
  state: RunState,
  book: TrialBook,
  { objectives, reflection }: Pick<TuneSettings, 'objectives' | 'reflection'>,
): WritingResult | undefined {
  const { drafts } = state;
  if (drafts.asked === 0 && reflection === undefined) return undefined;
  const spent = state.tokensIn + state.tokensOut;
  const isWritten = writtenIn(drafts.prompts);
  const front = book.front();
  return {
    drafts: drafts.prompts.length + drafts.rejected + drafts.open.size,
    accepted: drafts.prompts.length,
    rejected: drafts.rejected,
    ...defined({ lastRejection: drafts.lastRejection, lastRefusal: drafts.lastRefusal }),
    tokens: drafts.tokens,
    share: spent === 0 ? 0 : drafts.tokens / spent,
    trialTokens: state.trials
      .filter(({ origin }) => draftOperatorOf(origin) !== undefined)
      .reduce((sum, trial) => sum + cellTokens(trial.report()), 0),
    front: front.filter(isWritten).length,
    added: state.phase === 'search' ? null : addedBy(isWritten, state, front, objectives),
    ...(drafts.asked > 0 && drafts.trialsSince >= stoppedAfter ? { stopped: drafts.trialsSince } : {}),
  };
}

function writtenIn(prompts: readonly string[]): (trial: Trial) => boolean {
  const written = new Set(prompts);
  return ({ config }) => agentsOf(config).some(({ prompt }) => written.has(prompt));
}

/**
 * What the front would lack if no config had a written prompt. Those that written prompts pushed off the front would
 * be on it, and have fewer answers since then: so with and without written prompts those alike are compared that ever
 * were candidates for it, each by what was measured of it.
 */
function addedBy(
  isWritten: (trial: Trial) => boolean,
  state: RunState,
  front: readonly Trial[],
  objectives: TuneSettings['objectives'],
): WritingResult['added'] {
  if (!front.some(isWritten)) return { hypervolume: 0, score: 0 };
  const candidates = [...new Set([...front, ...state.trials.filter(isCandidate(state))])];
  const withThem = worthOf(candidates, objectives);
  const without = worthOf(
    candidates.filter((trial) => !isWritten(trial)),
    objectives,
  );
  return {
    hypervolume: withThem.hypervolume - without.hypervolume,
    score: withThem.score - without.score,
  };
}

/** Who may be on the front: those on equal cells, and by beliefs whoever was believed to be or is to be looked at again. */
function isCandidate({ believed, everBelieved, finalists }: RunState): (trial: Trial) => boolean {
  return ({ trial, status, tuningBegun }) =>
    status === 'finished' &&
    (believed === null ||
      everBelieved.has(trial) ||
      (finalists !== null && (finalists.trials.has(trial) || tuningBegun >= finalists.cells)));
}

function worthOf(
  trials: readonly Trial[],
  objectives: TuneSettings['objectives'],
): { readonly hypervolume: number; readonly score: number } {
  const front = nonDominated(trials, (trial) => vectorOf(trial.means, objectives), directionsOf(objectives));
  return {
    hypervolume: frontHypervolume(
      front.map(({ estimates }) => estimates),
      objectives,
    ),
    score: Math.max(0, ...front.map(({ means }) => means.score ?? 0)),
  };
}
