import { totalSamples } from '../domain/agent.ts';
import { keepsBounds, standingOf } from '../domain/bounds.ts';
import { isCeilingReason } from '../domain/budget.ts';
import type { Headline, HeadlineLine } from '../domain/headline.ts';
import { type HeadlineKind, spentIn } from '../domain/headliners.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';
import { seatsOfStages } from '../domain/stages/stages.ts';
import { describeConfig } from './describe.ts';
import { isOneAnswer } from './failed-stages-text.ts';
import { formatCount, formatInterval, formatObjective, formatPoints, simulatedSuffix } from './format.ts';
import { onAnswers, type PointScale } from './front-columns.ts';
import { remarksOn, seenApart } from './headline-remarks.ts';
import { differenceText, gainText, lineNames, verdictsOf } from './headline-verdicts.ts';
import { briefId, briefInterval, renderTable, type TableLook } from './table.ts';
import { which } from './which.ts';

/** What a run says of singles and mixtures, and which config to use. */
export interface HeadlineView {
  readonly title: string;
  readonly rows: readonly HeadlineRow[];
  /** What was gained, in sentences. */
  readonly findings: readonly string[];
  /** Which config to use, and what it scores: a sentence; `null` where nothing scored. */
  readonly use: string | null;
  /** What to know before it is used, in sentences. */
  readonly remarks: readonly string[];
}

type HeadlineRow = Readonly<
  Record<'what' | 'score' | 'gain' | 'points' | 'tokens' | 'usd' | 'bounds' | 'id' | 'config', string>
>;

const briefName = (what: string): string => what.replace('best single', 'single').replace(' first', '');

export function headlineView(file: FrontFile, scale?: PointScale): HeadlineView | null {
  const { headline } = file;
  const best = which(file, 'best');
  if (best === undefined) return null;
  const suffix = simulatedSuffix(file.simulated);
  if (scoresNothing(file, best)) {
    const nothing = `Nothing scored above 0${suffix}, so there is nothing to choose between: look at the task's grader and prompt (mixtune task check ${file.task}).`;
    return { title: '', rows: [], findings: [nothing], use: null, remarks: [] };
  }
  return {
    title: headline === undefined ? '' : titleOf(headline, suffix),
    rows: (headline?.lines ?? []).map((line) => rowOf(line, file, scale)),
    findings: headline === undefined ? [] : findingsOf(headline, file, best),
    use: useText(file, best, suffix),
    remarks: remarksOn(file, best),
  };
}

/** All that a headline says, in the order in which it is read below its table. */
export function sentencesOf({ findings, use, remarks }: HeadlineView): string[] {
  return [...findings, ...(use === null ? [] : [use]), ...remarks];
}

export function renderHeadline({ rows }: HeadlineView, look: TableLook = {}): string {
  return renderTable<HeadlineRow>(
    [
      { head: '', text: ({ what }) => what, briefs: [{ expendable: 2, text: briefName }] },
      { head: 'score', text: ({ score }) => score, briefs: [{ expendable: 3, text: briefInterval }] },
      {
        head: 'over tuned single',
        expendable: 1,
        text: ({ gain }) => gain,
        briefs: [{ expendable: 3, text: briefInterval }],
      },
      { head: 'points', align: 'right', expendable: 4, text: ({ points }) => points },
      { head: 'tokens', align: 'right', expendable: 1.5, text: ({ tokens }) => tokens },
      { head: 'usd', align: 'right', expendable: 1.4, text: ({ usd }) => usd },
      { head: 'bounds', expendable: 2, text: ({ bounds }) => bounds },
      { head: 'id', text: ({ id }) => id, briefs: [{ expendable: 5, text: briefId }] },
      { head: 'config', expendable: 6, cut: true, text: ({ config }) => config },
    ],
    rows,
    look,
  );
}

function scoresNothing({ headline }: FrontFile, best: FrontMember): boolean {
  const zero = (score: number | null | undefined): boolean => (score ?? 0) === 0;
  const lines = headline?.lines ?? [];
  return zero(best.objectives.score.mean) && lines.every(({ score }) => zero(score.mean));
}

function titleOf({ split, questions, cells }: Headline, suffix: string): string {
  const repeated = cells > questions ? `, ${formatCount(cells)} answers each` : '';
  const asked = `${formatCount(questions)} ${questions === 1 ? 'question' : 'questions'}${repeated}`;
  return split === 'holdout'
    ? `Singles and mixtures on the holdout (${asked})${suffix}`
    : `Singles and mixtures on tuning questions, luck included (${asked}; no holdout was measured)${suffix}`;
}

function rowOf(line: HeadlineLine, file: FrontFile, scale?: PointScale): HeadlineRow {
  const { kind, id, score, tokens, over } = line;
  const member = memberOfFile(file, id);
  const config = member?.config;
  const gain = over.find((other) => other.kind === 'tuned-single');
  const byDollars = file.objectives.includes('usd');
  return {
    what: `${lineNames[kind].line}${samplesText(line, config)}`,
    score: scoreText(line),
    gain: gain === undefined ? '' : differenceText(gain),
    points: scale === undefined || score.mean === null ? '' : formatPoints(score.mean, scale.max),
    tokens: spentIn(file.objectives) === 'usd' ? '' : formatObjective('tokens', tokens),
    usd: byDollars ? formatObjective('usd', member?.objectives.usd.mean ?? null) : '',
    bounds: file.bounds === undefined || member === undefined ? '' : standingOf(file.bounds, member),
    id,
    config: config === undefined ? '' : describeConfig(config),
  };
}

function scoreText({ score, cells }: HeadlineLine): string {
  if (score.mean === null) return 'not measured';
  return cells === undefined
    ? formatInterval('score', score)
    : `${formatObjective('score', score.mean)}${onAnswers(cells)}`;
}

function onMoreText({ lines }: Headline): string {
  const others = lines.some(({ cells }) => cells !== undefined) ? ' but those with so few as told' : '';
  return `Scores are over the answers that all of these have${others}, a difference over all that its two have: so they need not add up.`;
}

/** Whether a difference that is told is another than that of the two scores as they are rounded. */
function isOnMore({ score, over }: HeadlineLine, { lines }: Headline): boolean {
  return over.some((gain) => {
    const other = lines.find(({ kind }) => kind === gain.kind)?.score.mean ?? null;
    if (score.mean === null || other === null) return false;
    return Math.abs(score.mean - other - gain.mean) > seenApart;
  });
}

/** ` ×5` for several answers of the single model. */
function samplesText({ kind }: HeadlineLine, config: MoaConfig | undefined): string {
  if (!lineNames[kind].sampled || config === undefined) return '';
  const answering = seatsOfStages(config.stages).filter(({ role }) => role === 'proposer');
  return ` ×${totalSamples(answering.map(({ agent }) => agent))}`;
}

function findingsOf(headline: Headline, file: FrontFile, best: FrontMember): string[] {
  const suffix = simulatedSuffix(file.simulated);
  return [
    ...(headline.lines.some((line) => isOnMore(line, headline)) ? [onMoreText(headline)] : []),
    ...verdictsOf(headline, suffix, isOneAnswer(best)),
    ...missingText(headline, file),
    ...outsideText(headline, file),
    ...ownTexts(headline, best, suffix),
  ];
}

/** What the best mixture is not compared with: single models, or plain ways to spend as much where it is none itself. */
function missingText({ lines }: Headline, file: FrontFile): string[] {
  const mixture = lines.find(({ kind }) => kind === 'mixture');
  const config = mixture === undefined ? undefined : memberOfFile(file, mixture.id)?.config;
  if (mixture === undefined || config === undefined) return [];
  const overSingle = mixture.over.filter(({ kind }) => kind === 'tuned-single' || kind === 'single');
  // Where it loses to one call there is nothing more to ask.
  if (overSingle.some(({ high }) => (high ?? 0) < 0)) return [];
  const hasSingle = overSingle.length > 0;
  if (hasSingle && (isPlain(config) || lines.some(({ kind }) => lineNames[kind].sampled))) return [];
  const cost = spentIn(file.objectives);
  const costOf = (of: HeadlineKind): number | null =>
    memberOfFile(file, lines.find(({ kind }) => kind === of)?.id ?? '')?.objectives[cost].mean ?? null;
  const unit = cost === 'usd' ? 'dollars' : 'tokens';
  const [one, all] = [costOf('tuned-single'), costOf('mixture')];
  if (hasSingle && one !== null && all !== null && all < one)
    return [
      `The best mixture takes fewer ${unit} than one answer of the tuned single model: there is no plain vote of it for as much.`,
    ];
  const missing = hasSingle
    ? `a plain vote of the tuned single model for about as many ${unit}`
    : 'a single model';
  const why = isCeilingReason(file.ended) ? ': the ceilings left too little for it' : '';
  return [`Whether mixing gains anything over ${missing} was not measured${why}.`];
}

/** Which of the kinds that are compared no config that meets the bounds stands for, where one of another kind does. */
function outsideText({ lines }: Headline, file: FrontFile): string[] {
  const { bounds } = file;
  if (bounds === undefined) return [];
  const isOutside = ({ id }: HeadlineLine): boolean => {
    const objectives = memberOfFile(file, id)?.objectives;
    return objectives === undefined || !keepsBounds((name) => objectives[name].mean, bounds);
  };
  const compared = lines.filter(({ kind }) => kind === 'tuned-single' || kind === 'mixture');
  const outside = compared.filter(isOutside);
  if (outside.length === compared.length) return [];
  return outside.map(
    ({ kind, id }) =>
      `No ${kind === 'mixture' ? kind : 'single model'} meets the bounds on tuning questions: ${id} comes nearest, in costs first.`,
  );
}

/** Several answers of one agent, and a vote or its choice among them. */
function isPlain({ stages }: MoaConfig): boolean {
  const others = seatsOfStages(stages).filter(({ role }) => role !== 'ranker');
  const kinds = new Set(others.map(({ role, agent }) => JSON.stringify({ role, ...agent, samples: 1 })));
  return kinds.size === 1 && others[0]?.role === 'proposer';
}

/** What tuning brought over the system that the user came with. */
function ownTexts(headline: Headline, best: FrontMember, suffix: string): string[] {
  const { lines } = headline;
  const own = lines.find(({ kind }) => kind === 'own');
  if (own === undefined) return [];
  if (own.id === best.id) return [`Your own system${suffix} is the best that was measured.`];
  const tuned = lines.filter(({ over }) => over.some(({ id }) => id === own.id));
  const found =
    tuned.find(({ id }) => id === best.id) ?? tuned.find(({ kind }) => kind === 'mixture') ?? tuned[0];
  const gain = found?.over.find(({ kind }) => kind === 'own');
  if (found === undefined || gain === undefined) return [];
  return [`Tuning your own system${suffix}: ${gainText(gain, lineNames.own.other, headline)} (${found.id}).`];
}

function useText(file: FrontFile, best: FrontMember, suffix: string): string {
  const { holdout, objectives } = best;
  const score =
    holdout === null
      ? `${formatInterval('score', objectives.score)} on tuning questions, luck included`
      : `${formatInterval('score', holdout.score)} on ${isOnSome(file.headline, best) ? 'all of its holdout answers' : 'the holdout'}, ${formatObjective('score', objectives.score.mean)} on tuning questions`;
  return `Use ${best.id} (${describeConfig(best.config)}): ${score}${suffix}.`;
}

/** Whether the table shows another score of the best than its whole holdout does, since not all lines have all its answers. */
function isOnSome(headline: Headline | undefined, { id, holdout }: FrontMember): boolean {
  const shown = headline?.lines.find((line) => line.id === id)?.score.mean ?? null;
  const whole = holdout?.score.mean ?? null;
  return shown !== null && whole !== null && Math.abs(shown - whole) > seenApart;
}
