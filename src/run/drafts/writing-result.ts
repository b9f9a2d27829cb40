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

/** What prompts written by a model brought a run; `undefined` where none was asked for. */
export function writingResultOf(
  state: RunState,
  book: TrialBook,
  { objectives }: Pick<TuneSettings, 'objectives'>,
): WritingResult | undefined {
  const { drafts } = state;
  if (drafts.asked === 0) return undefined;
  const spent = state.tokensIn + state.tokensOut;
  const isWritten = writtenIn(drafts.prompts);
  const front = book.front();
  return {
    drafts: drafts.prompts.length + drafts.rejected + drafts.open.size,
    accepted: drafts.prompts.length,
    rejected: drafts.rejected,
    ...defined({ lastRejection: drafts.lastRejection }),
    tokens: drafts.tokens,
    share: spent === 0 ? 0 : drafts.tokens / spent,
    trialTokens: state.trials
      .filter(({ origin }) => draftOperatorOf(origin) !== undefined)
      .reduce((sum, trial) => sum + cellTokens(trial.report()), 0),
    front: front.filter(isWritten).length,
    added: state.phase === 'search' ? null : addedBy(isWritten, state, front, objectives),
    ...(drafts.trialsSince >= stoppedAfter ? { stopped: drafts.trialsSince } : {}),
  };
}

function writtenIn(prompts: readonly string[]): (trial: Trial) => boolean {
  const written = new Set(prompts);
  return ({ config }) => agentsOf(config).some(({ prompt }) => written.has(prompt));
}

/** Beside the front stand those alone that its owner would have put there: by beliefs, finalists on equal cells. */
function addedBy(
  isWritten: (trial: Trial) => boolean,
  { trials, believed, finalists }: RunState,
  front: readonly Trial[],
  objectives: TuneSettings['objectives'],
): WritingResult['added'] {
  if (!front.some(isWritten)) return { hypervolume: 0, score: 0 };
  const isRival = ({ trial, tuningBegun }: Trial): boolean =>
    believed === null || (finalists?.trials.has(trial) === true && tuningBegun >= finalists.cells);
  const rivals = trials.filter((trial) => trial.status === 'finished' && isRival(trial));
  const plain = [...new Set([...front, ...rivals])].filter((trial) => !isWritten(trial));
  const others = nonDominated(plain, (trial) => vectorOf(trial.means, objectives), directionsOf(objectives));
  const volume = (of: readonly Trial[]): number =>
    frontHypervolume(
      of.map(({ estimates }) => estimates),
      objectives,
    );
  const best = (of: readonly Trial[]): number => Math.max(0, ...of.map(({ means }) => means.score ?? 0));
  return { hypervolume: volume(front) - volume(others), score: best(front) - best(others) };
}
