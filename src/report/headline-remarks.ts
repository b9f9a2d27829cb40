import { standingOf } from '../domain/bounds.ts';
import { isCeilingReason } from '../domain/budget.ts';
import type { Headline } from '../domain/headline.ts';
import { areFew, asGoodAsAll, isSingle } from '../domain/headliners.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';
import { failedStagesText } from './failed-stages-text.ts';
import { formatCount, formatCounted, formatObjective } from './format.ts';
import { differenceText, hardestSingle, lineNames } from './headline-verdicts.ts';
import { endedWords } from './view-model/endings.ts';

/** Two means that differ by more differ as they are rounded in the table. */
export const seenApart = 0.0015;

/** What to know of the best before it is used, in sentences. */
export function remarksOn(file: FrontFile, best: FrontMember): string[] {
  return [
    ...failedText(file, best),
    ...overruledText(file, best),
    ...higherText(file, best),
    ...apartText(file, best),
    ...(file.headline === undefined ? [] : cheaperText(file.headline, file, best)),
    ...shortText(file, best),
  ];
}

/** Of the best and of all that it is compared with. */
function failedText({ headline, ...file }: FrontFile, best: FrontMember): string[] {
  const shown = [best.id, ...(headline?.lines ?? []).map(({ id }) => id)];
  return [...new Set(shown)].flatMap((id) => {
    const member = id === best.id ? best : memberOfFile(file, id);
    return member === undefined ? [] : failedStagesText(member);
  });
}

function overruledText(file: FrontFile, best: FrontMember): string[] {
  const { overruled: id } = file;
  if (id === undefined) return [];
  return [
    `${firstChoiceText(file, id, best)}, but on the holdout ${best.id} beats it by more than the noise; a score that was chosen by is a little too high (mixtune reproduce measures it again).`,
  ];
}

/** In what the one that the holdout turned down was first: of all by tuning, only where none of as many answers scored higher there. */
function firstChoiceText(file: FrontFile, id: string, best: FrontMember): string {
  const first = memberOfFile(file, id);
  const score = first?.objectives.score.mean;
  if (first === undefined || typeof score !== 'number') return `${id} was the first choice`;
  const { bounds, front, baselines, others = [] } = file;
  const isRival = (each: FrontMember): boolean =>
    each.cells >= first.cells && !(bounds !== undefined && standingOf(bounds, each).startsWith('missed'));
  const higher = [best, ...[...front, ...baselines, ...others].filter(isRival)].some(
    ({ objectives }) => (objectives.score.mean ?? 0) > score,
  );
  if (!higher) return `Tuning put ${id} first`;
  const isOfFront = bounds === undefined && front.some((each) => each.id === id);
  const among = isOfFront ? " of the front's points that were measured most" : '';
  return `${id} was the first choice${among} (${formatObjective('score', score)} on tuning questions)`;
}

/** Why another that scored higher, on the holdout or on tuning questions, is not the best. */
function higherText(file: FrontFile, best: FrontMember): string[] {
  // One outside the bounds is no rival, nor one that a part of a front leaves out.
  if (file.bounds !== undefined || file.best === undefined) return [];
  const shown = (file.headline?.lines ?? []).flatMap(({ id }) => memberOfFile(file, id) ?? []);
  const rivals = [...file.front, ...shown];
  return [...luckierText(rivals, best), ...lessMeasuredText(rivals, best)];
}

function luckierText(rivals: readonly FrontMember[], best: FrontMember): string[] {
  const scoreOf = ({ holdout }: FrontMember): number => holdout?.score.mean ?? 0;
  const [highest] = rivals
    .filter(({ holdoutCells = 0 }) => !areFew(holdoutCells, best.holdoutCells ?? 0))
    .sort((a, b) => scoreOf(b) - scoreOf(a));
  if (best.holdout === null || highest === undefined) return [];
  if (scoreOf(highest) - scoreOf(best) <= seenApart) return [];
  const { holdoutCells: cells = 0 } = highest;
  const fewer =
    cells < (best.holdoutCells ?? 0)
      ? `, on ${formatCounted(cells, 'answer')} where the best has ${formatCount(best.holdoutCells ?? 0)}`
      : '';
  return [
    `${highest.id} scored higher on the holdout (${formatObjective('score', scoreOf(highest))}${fewer}), by less than the noise: tuning questions choose the best, and the holdout only turns down, since the luckiest on it would be told as better than it is.`,
  ];
}

function lessMeasuredText(rivals: readonly FrontMember[], best: FrontMember): string[] {
  const scoreOf = ({ objectives }: FrontMember): number => objectives.score.mean ?? 0;
  const isUnheld = ({ holdout }: FrontMember): boolean => holdout === null && best.holdout !== null;
  const isLess = (each: FrontMember): boolean => isUnheld(each) || each.cells < best.cells;
  const [highest] = rivals
    .filter((each) => isLess(each) && scoreOf(each) > scoreOf(best))
    .sort((a, b) => scoreOf(b) - scoreOf(a));
  if (highest === undefined) return [];
  const answers = highest.cells === 1 ? 'one answer' : `${formatCount(highest.cells)} answers`;
  const alone = isUnheld(highest) ? ' and not on the holdout' : ' alone';
  return [
    `${highest.id} scored higher on tuning questions (${formatObjective('score', scoreOf(highest))}), on ${answers}${alone}, which may be luck: those that were measured more come before it.`,
  ];
}

/** So much cheaper a single model is at least, as a share of the best's cost, to be worth a word. */
const noticeablyCheaper = 0.8;

/** Where the best is several calls that are not shown to gain anything over one of a single model. */
function cheaperText(headline: Headline, file: FrontFile, best: FrontMember): string[] {
  const { lines } = headline;
  const line = lines.find(({ id }) => id === best.id);
  const gain = line === undefined ? undefined : hardestSingle(line);
  const hardest = memberOfFile(file, gain?.id ?? '');
  if (gain === undefined || hardest === undefined || (gain.low ?? 0) > 0) return [];
  const single = asGoodForLess(hardest, file, best);
  if (!isUsable(file, single)) return [];
  // Tokens of a dear model are no measure of those of a cheap one.
  const cost = file.objectives.includes('usd') ? 'usd' : 'tokens';
  const [own, other] = [best.objectives[cost].mean, single.objectives[cost].mean];
  if (own === null || other === null || other > noticeablyCheaper * own) return [];
  const unit = cost === 'tokens' ? ' tokens' : '';
  const what = single === hardest ? lineNames[gain.kind].other : `as good as ${hardest.id} for less`;
  return [
    `That it gains anything over ${single.id}, ${what}, is not shown, and it takes ${formatObjective(cost, own)}${unit} an answer, that one ${formatObjective(cost, other)}: where cost matters, use that one.`,
  ];
}

const isUsable = ({ bounds }: FrontFile, member: FrontMember): boolean =>
  bounds === undefined || !standingOf(bounds, member).startsWith('missed');

/**
 * Another single model that takes no more of anything and scores no less: on the holdout where both have it, and on
 * tuning questions within the noise; of several the best by that score. The one itself where there is none.
 */
function asGoodForLess(single: FrontMember, file: FrontFile, best: FrontMember): FrontMember {
  const costs = file.objectives.filter((name) => name !== 'score');
  const takesNoMore = ({ objectives }: FrontMember): boolean =>
    costs.every(
      (name) => (objectives[name].mean ?? Number.POSITIVE_INFINITY) <= (single.objectives[name].mean ?? 0),
    );
  const isHeld = ({ holdoutCells = 0 }: FrontMember): boolean =>
    holdoutCells > 0 && !areFew(holdoutCells, best.holdoutCells ?? 0);
  const least = isHeld(single) ? single.objectives.score.low : single.objectives.score.mean;
  const scoreOf = ({ objectives, holdout }: FrontMember): number =>
    (isHeld(single) ? holdout?.score.mean : objectives.score.mean) ?? 0;
  const others = [...file.front, ...file.baselines].filter(
    (each) =>
      each.id !== single.id &&
      each.id !== best.id &&
      isSingle(each.config) &&
      each.cells >= asGoodAsAll * single.cells &&
      isHeld(each) === isHeld(single) &&
      (each.objectives.score.mean ?? 0) >= (least ?? 0) &&
      scoreOf(each) >= scoreOf(single) &&
      takesNoMore(each) &&
      isUsable(file, each),
  );
  return others.sort((a, b) => scoreOf(b) - scoreOf(a))[0] ?? single;
}

/** Baselines that may be better than the best, had they had as many answers. */
function shortText(file: FrontFile, best: FrontMember): string[] {
  const { short = [], ended, baselines } = file;
  if (!isCeilingReason(ended)) return [];
  return short.flatMap((found) => {
    const member = baselines.find(({ id }) => id === found.id);
    if (member === undefined || !isUsable(file, member) || (found.high ?? 1) <= 0) return [];
    const { holdout, holdoutCells = 0 } = best;
    const fresh =
      holdout === null
        ? ''
        : `, and ${formatCount(member.holdoutCells ?? 0)} of the best's ${formatCount(holdoutCells)} on the holdout`;
    return [
      `${member.id} (${member.label}) may be better: it has ${formatCount(member.cells)} of ${formatCount(found.of)} tuning answers${fresh} (${endedWords(ended)}: a rate limit or slow answers leave a model fewer). On tuning questions that both answered: ${differenceText(found)} against ${best.id}. More time would tell.`,
    ];
  });
}

/** How far the two scores must lie apart, beyond their noise, to be worth a word. */
const noticeable = 0.03;

/** Where tuning questions and holdout are far apart, which to believe and why. */
function apartText({ headline }: FrontFile, { objectives, holdout }: FrontMember): string[] {
  const tuning = objectives.score;
  const fresh = holdout?.score;
  if (fresh === undefined || tuning.mean === null || fresh.mean === null) return [];
  if (tuning.low === null || tuning.high === null || fresh.low === null || fresh.high === null) return [];
  const gap = tuning.mean - fresh.mean;
  if (Math.abs(gap) < noticeable) return [];
  // Different questions, so the noise of both (MOVER: Zou & Donner 2008).
  const noise =
    gap > 0
      ? Math.hypot(tuning.mean - tuning.low, fresh.high - fresh.mean)
      : Math.hypot(tuning.high - tuning.mean, fresh.mean - fresh.low);
  if (Math.abs(gap) <= noise) return [];
  if (headline?.questions === 1)
    return [
      `Tuning and holdout lie far apart (${Math.abs(gap).toFixed(3)}), over answers to one question: luck, or the holdout is graded otherwise. Believe the holdout.`,
    ];
  return [
    gap > 0
      ? `Tuning questions and holdout lie far apart (${gap.toFixed(3)}): the config was lucky, or fits the tuning questions more than others of their kind. Believe the holdout; more tuning questions help.`
      : `Tuning questions and holdout lie far apart (${(-gap).toFixed(3)} better on the holdout): the holdout's questions are easier, so the split is not an even one. Compare configs with each other, not with other tasks.`,
  ];
}
