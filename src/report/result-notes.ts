import type { FrontFile, ModelTrouble } from '../domain/run-result.ts';
import { dominatedIds } from './dominated-ids.ts';
import { formatCount } from './format.ts';
import { endedWords } from './view-model/endings.ts';

/** What the scores of a result lack: tuning answers, holdout answers, time or tokens to answer, scores; a sentence each. */
export function resultNotes(file: FrontFile): string[] {
  const all = [cutShortNote, believedNote, unmeasuredNote, timedOutNote, cutOffNote, emptyNote, unscoredNote];
  const notes = all.map((of) => of(file));
  return notes.filter((note) => note !== undefined);
}

/** That no config had what all are to have, and why. */
function cutShortNote({ cutShort, ended }: FrontFile): string | undefined {
  if (cutShort === undefined) return undefined;
  const { cells, of, others } = cutShort;
  const left =
    others === 0 ? '' : `; ${others} more begun, with fewer, ${others === 1 ? 'is' : 'are'} left out`;
  return `Cut short: the search ended before any config had its first ${of} answers (${endedWords(ended)}). The result goes by ${cells} at most${left}.`;
}

/** Why a point stands on the front of a run that goes on though another is better in all that is told of both. */
function believedNote(file: FrontFile): string | undefined {
  if (file.ended !== 'running' && file.ended !== 'stopped') return undefined;
  const dominated = dominatedIds(file).size;
  if (dominated === 0) return undefined;
  const points = `${dominated} of ${file.front.length} points`;
  return `Not decided: by their own answers ${points} of the front lie behind another. While it searches, a run goes by what it believes of a config; its end gives all of them as many answers.`;
}

/** What of the holdout was asked for and is missing, and why. */
function unmeasuredNote({ unmeasured, ended }: FrontFile): string | undefined {
  // A run that goes on may yet measure it.
  if (unmeasured === undefined || ended === 'running' || ended === 'stopped') return undefined;
  const { points, partly, of, because } = unmeasured;
  const counts = [
    ...(points > 0 ? [`${points} not measured`] : []),
    ...(partly > 0 ? [`${partly} measured on fewer questions than the others`] : []),
  ];
  return `Holdout: of ${of} points on the front ${counts.join(', ')} (${unmeasuredWords(because, ended)}).`;
}

/** Two rules of the holdout's own limit it beside ceilings; which of them it was is not kept. */
const leftOut =
  'those that score next to nothing beside the best are left out, and it takes no more calls than the search; a ceiling on calls, tokens or dollars or --holdout-repeats overrules the second';

function unmeasuredWords(because: string, ended: string): string {
  if (because === 'unscored') return 'their answers got no score';
  if (because === 'left-out') return leftOut;
  if (because !== 'unknown') return endedWords(because);
  // No number of configs limits the holdout.
  return ended === 'evaluations' || ended === 'space-exhausted' ? leftOut : endedWords(ended);
}

function timedOutNote({ timedOut = 0 }: FrontFile): string | undefined {
  if (timedOut === 0) return undefined;
  const answers = timedOut === 1 ? '1 program was' : `${formatCount(timedOut)} programs were`;
  return `Time limit: ${answers} stopped by the time limit, and scored.`;
}

/** From this share on it is no accident any more. */
const many = 0.1;

/** Which models were cut off too often for an accident. */
export function cutOffNote({ cutOff = [] }: Pick<FrontFile, 'cutOff'>): string | undefined {
  const often = troublesText(cutOff.filter(({ answers, of }) => answers >= many * of));
  return (
    often &&
    `Cut off at their most tokens: ${often}. What they would score is not known: raise maxTokens in the search space.`
  );
}

/** Which models wrote nothing too often for an accident. */
function emptyNote({ empty = [] }: Pick<FrontFile, 'empty'>): string | undefined {
  const often = troublesText(
    empty.filter(({ answers, of }) => answers >= manyEmpty.answers && answers >= manyEmpty.share * of),
  );
  return often && `Empty answers: ${often}. Alone such an answer scores 0, and a mixture goes on without it.`;
}

/** Nothing is never what was asked for, and each costs a whole answer. */
const manyEmpty = { answers: 3, share: 0.02 };

function troublesText(troubles: readonly ModelTrouble[]): string | undefined {
  if (troubles.length === 0) return undefined;
  const counts = troubles.map(
    ({ model, answers, of }) => `${model} in ${formatCount(answers)} of ${formatCount(of)} answers`,
  );
  return counts.join(', ');
}

function unscoredNote({ unscored }: FrontFile): string | undefined {
  if (unscored === undefined) return undefined;
  const { answers, of, last } = unscored;
  const doubt =
    answers < many * of
      ? ''
      : ' They count in no score: where a grader fails on wrong answers, scores are too high.';
  return `Unscored: ${formatCount(answers)} of ${formatCount(of)} answers got no score (the last: ${last}).${doubt}`;
}
