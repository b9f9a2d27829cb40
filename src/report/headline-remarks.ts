import { standingOf } from '../domain/bounds.ts';
import type { Headline } from '../domain/headline.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';
import { formatCount, formatCounted, formatObjective } from './format.ts';

/** Two means that differ by more differ as they are rounded in the table. */
export const seenApart = 0.0015;

/** What to know of the best before it is used, in sentences. */
export function remarksOn(file: FrontFile, best: FrontMember): string[] {
  return [
    ...overruledText(file, best),
    ...higherText(file, best),
    ...apartText(file, best),
    ...(file.headline === undefined ? [] : cheaperText(file.headline, file, best)),
  ];
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
  const [highest] = rivals.toSorted((a, b) => scoreOf(b) - scoreOf(a));
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

/** So much cheaper the tuned single model is at least, as a share of the best's cost, to be worth a word. */
const noticeablyCheaper = 0.8;

/** Where the best is several calls that are not shown to gain anything over one of the tuned single model. */
function cheaperText({ lines }: Headline, file: FrontFile, best: FrontMember): string[] {
  const line = lines.find(({ id }) => id === best.id);
  const gain = line?.over.find(({ kind }) => kind === 'tuned-single');
  const single = memberOfFile(file, lines.find(({ kind }) => kind === 'tuned-single')?.id ?? '');
  if (gain === undefined || single === undefined || (gain.low ?? 0) > 0) return [];
  const { bounds, objectives } = file;
  if (bounds !== undefined && standingOf(bounds, single).startsWith('missed')) return [];
  // Tokens of a dear model are no measure of those of a cheap one.
  const cost = objectives.includes('usd') ? 'usd' : 'tokens';
  const [own, other] = [best.objectives[cost].mean, single.objectives[cost].mean];
  if (own === null || other === null || other > noticeablyCheaper * own) return [];
  const unit = cost === 'tokens' ? ' tokens' : '';
  return [
    `That it gains anything over ${single.id}, the tuned single model, is not shown, and it takes ${formatObjective(cost, own)}${unit} an answer, that one ${formatObjective(cost, other)}: where cost matters, use that one.`,
  ];
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
