import type { Spent } from '../domain/budget.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { boundsSentences } from './bounds-text.ts';
import { formatCost, formatCount, formatDuration, formatShortCount, simulatedSuffix } from './format.ts';
import { type FrontRow, frontRow, type PointScale } from './front-columns.ts';
import { type HeadlineView, headlineView } from './headline.ts';
import { endedWords } from './view-model/endings.ts';
import { marksOf } from './which.ts';
import { writingText } from './writing-text.ts';

export interface FrontView {
  /** `Front of code-challenge (simulated)`. */
  readonly title: string;
  readonly rows: readonly FrontRow[];
  readonly baselines: readonly FrontRow[];
  /** What singles and mixtures are worth, and which config to use; absent where nothing was measured. */
  readonly headline: HeadlineView | null;
  /** Whether anything meets the run's bounds, in sentences; none where it has none. */
  readonly bounds: readonly string[];
  readonly spent: string;
  /** What prompts written by a model brought; absent where none was to be written. */
  readonly writing: string | null;
  /** How many answers were stopped by their time limit; absent where none was. */
  readonly timedOut: string | null;
  /** How many answers got no score, and why; absent where all got one. */
  readonly unscored: string | null;
  readonly ended: string;
}

/** @param whole what `file` is a part of: only all of a run tells whether its bounds are met */
export function frontView(file: FrontFile, scale?: PointScale, whole: FrontFile = file): FrontView {
  const marks = marksOf(file);
  const { bounds } = file;
  const onFront = new Set(file.front.map(({ id }) => id));
  const ownMarks = (id: string): readonly string[] => (onFront.has(id) ? [] : (marks.get(id) ?? []));
  return {
    title: `Front of ${file.task}${simulatedSuffix(file.simulated)}`,
    rows: file.front.map((member) =>
      frontRow({ ...member, marks: marks.get(member.id) ?? [], scale, bounds }),
    ),
    baselines: file.baselines.map((baseline) => ({
      ...frontRow({ ...baseline, marks: ownMarks(baseline.id), scale, bounds }),
      config: baseline.label,
    })),
    headline: headlineView(file, scale),
    bounds: boundsSentences(whole),
    spent: spentLine(file.spent, file.simulated),
    writing: writingText(file),
    timedOut: timedOutLine(file),
    unscored: unscoredLine(file),
    ended: endedLine(file),
  };
}

function timedOutLine({ timedOut = 0 }: FrontFile): string | null {
  if (timedOut === 0) return null;
  const answers = timedOut === 1 ? '1 program was' : `${formatCount(timedOut)} programs were`;
  return `${answers} stopped by the time limit, and scored`;
}

/** From this share on it is no accident any more. */
const many = 0.1;

function unscoredLine({ unscored }: FrontFile): string | null {
  if (unscored === undefined) return null;
  const { answers, of, last } = unscored;
  const doubt =
    answers < many * of
      ? ''
      : '. They count in no score: where a grader fails on wrong answers, scores are too high';
  return `${formatCount(answers)} of ${formatCount(of)} answers got no score (the last: ${last})${doubt}`;
}

function spentLine(spent: Spent, simulated: boolean): string {
  return [
    `${formatCount(spent.calls)} calls`,
    `${formatShortCount(spent.tokensIn)} tokens in`,
    `${formatShortCount(spent.tokensOut)} out`,
    `${formatCost(spent.usd)}${simulatedSuffix(simulated)}`,
    `${formatDuration(spent.seconds)}${simulatedSuffix(simulated)}`,
  ].join(', ');
}

function endedLine(file: FrontFile): string {
  const tried = file.evaluations === 1 ? '1 config' : `${formatCount(file.evaluations)} configs`;
  return `${tried} evaluated; ${endedWords(file.ended)}`;
}
