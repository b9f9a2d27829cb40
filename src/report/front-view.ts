import { type CallsSpent, isCeilingReason, type Spent } from '../domain/budget.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { boundsSentences } from './bounds-text.ts';
import {
  formatCost,
  formatCounted,
  formatDuration,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from './format.ts';
import { type FrontRow, frontRow, type PointScale } from './front-columns.ts';
import { type HeadlineView, headlineView } from './headline.ts';
import { lostText } from './lost-text.ts';
import { resultNotes } from './result-notes.ts';
import { endedWords } from './view-model/endings.ts';
import { marksOf } from './which.ts';
import { writingText } from './writing-text.ts';

export interface FrontView {
  /** `Front of code-challenge (simulated)`. */
  readonly title: string;
  /** Of the front, and the best where no other table has it. */
  readonly rows: readonly FrontRow[];
  readonly baselines: readonly FrontRow[];
  /** What singles and mixtures are worth, and which config to use; absent where nothing was measured. */
  readonly headline: HeadlineView | null;
  /** Whether anything meets the run's bounds, in sentences; none where it has none. */
  readonly bounds: readonly string[];
  readonly spent: string;
  /** What prompts written by a model brought; absent where none was to be written. */
  readonly writing: string | null;
  /** What the scores lack, in sentences. */
  readonly notes: readonly string[];
  readonly ended: string;
}

/** @param whole what `file` is a part of: only all of a run tells whether its bounds are met */
export function frontView(file: FrontFile, scale?: PointScale, whole: FrontFile = file): FrontView {
  const marks = marksOf(file);
  const { bounds } = file;
  const onFront = new Set(file.front.map(({ id }) => id));
  const measured = [...file.front, ...file.baselines, ...(file.others ?? [])];
  const mostHoldoutCells = Math.max(0, ...measured.map(({ holdoutCells = 0 }) => holdoutCells));
  const shared = { scale, bounds, mostHoldoutCells };
  const ownMarks = (id: string): readonly string[] => (onFront.has(id) ? [] : (marks.get(id) ?? []));
  // The best need not be of the front, and may be no baseline either.
  const beside = (file.others ?? []).filter(({ id }) => marks.has(id));
  return {
    title: `Front of ${file.task}${simulatedSuffix(file.simulated)}`,
    rows: [
      ...file.front.map((member) => frontRow({ ...member, marks: marks.get(member.id) ?? [], ...shared })),
      ...beside.map((member) =>
        frontRow({
          ...member,
          marks: [...(marks.get(member.id) ?? []), '(not on the front)'],
          ...shared,
        }),
      ),
    ],
    baselines: file.baselines.map((baseline) => ({
      ...frontRow({ ...baseline, marks: ownMarks(baseline.id), ...shared }),
      config: baseline.label,
    })),
    headline: headlineView(file, scale),
    bounds: boundsSentences(whole),
    spent: [spentLine(file.spent, file.simulated, file.grading), ...lostText(file)].join('; '),
    writing: writingText(file),
    notes: resultNotes(file),
    ended: endedLine(file),
  };
}

/** From this share of all dollars on, those of grading are told by themselves. */
const toldShare = 0.1;

/** `2,314 calls, 1.25M tokens in, 310k out, $1.20, $0.40 of it for grading, 12m 4s`. */
export function spentLine(spent: Spent, simulated: boolean, grading?: CallsSpent): string {
  const { usd = null } = grading ?? {};
  const isTold = usd !== null && spent.usd !== null && usd > toldShare * spent.usd;
  return [
    formatCounted(spent.calls, 'call'),
    `${formatShortCount(spent.tokensIn)} tokens in`,
    `${formatShortCount(spent.tokensOut)} out`,
    `${formatCost(spent.usd)}${simulatedSuffix(simulated)}`,
    ...(isTold ? [`${formatUsd(usd)} of it for grading`] : []),
    `${formatDuration(spent.seconds)}${simulatedSuffix(simulated)}`,
  ].join(', ');
}

function endedLine({ evaluations, ended, unmeasured }: FrontFile): string {
  // One ceiling may end the search, and another what comes after it.
  const isOther = isCeilingReason(unmeasured?.because ?? '') && unmeasured?.because !== ended;
  const isOfSearch = isOther && isCeilingReason(ended);
  return `${formatCounted(evaluations, 'config')} tried; ${endedWords(ended)}${isOfSearch ? ' in the search' : ''}`;
}
