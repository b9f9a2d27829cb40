import type { FrontFile } from '../domain/run-result.ts';
import { formatCount, formatShortCount } from './format.ts';

/** Why none was asked for, where nothing more is known of it. */
const unasked =
  'no config had lost points once the single models were measured, or a ceiling left no room (one takes about 1,000 tokens; until they gain, all take at most 5% of what the ceilings allow)';

/** What prompts written by a model brought, in a line without its last dot; `null` where none was to be written. */
export function writingText({ writing, front }: Pick<FrontFile, 'writing' | 'front'>): string | null {
  if (writing === undefined) return null;
  const { drafts, accepted, rejected, lastRejection, lastRefusal, tokens, share, added, stopped } = writing;
  const points =
    writing.front === 0
      ? 'no point of the front has one'
      : `${writing.front} of ${front.length} points have one${added === null ? '' : `, which adds ${signed(added.hypervolume, 4)} to the hypervolume and ${signed(added.score, 3)} to the best score`}`;
  if (drafts === 0) {
    const why = lastRefusal ?? unasked;
    return `none asked for: ${why}${writing.front === 0 ? '' : `; ${points}`}`;
  }
  const end =
    stopped === undefined
      ? ''
      : `. None was asked for among the last ${formatCount(stopped)} configs: it gained less for its tokens than the rest of the search`;
  const why = lastRejection === undefined ? '' : ` (the last: ${lastRejection})`;
  return `${formatCount(drafts)} asked for, ${formatCount(accepted)} accepted, ${formatCount(rejected)} rejected${why}; writing took ${formatShortCount(tokens)} tokens, ${(100 * share).toFixed(1)}% of all; ${points}${end}`;
}

const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
