import type { LostQuestion, WorstAnswers } from '../analysis/worst-answers.ts';
import { oneLine } from '../core/one-line.ts';
import { shortened } from '../core/shortened.ts';
import type { Cell } from '../domain/cell.ts';
import { formatCount, formatCounted, formatObjective } from './format.ts';
import type { Look } from './look.ts';
import { wrapBeside, wrapText } from './wrap-text.ts';

const labelWidth = 10;

/** Characters of a question that are shown; whole it is in JSON. */
const longestQuestion = 300;
/** Of what a model wrote around an answer. */
const longestWritten = 200;
/** Of the other texts where a terminal limits lines. */
const longestText = 600;

/** What looking at holdout answers would mean, and means. */
const ofHoldout: Readonly<Record<Cell['split'], string>> = {
  tuning: 'Holdout answers stay unseen (--split holdout shows them).',
  holdout:
    'No search saw these questions; where a prompt is mended by them, they are tuning questions from then on, and its holdout score says too much.',
};

/** The questions that a config lost most on, a few lines each. */
export function worstAnswersText(
  { answered, lost }: WorstAnswers,
  /** `most`: questions shown, of a split; `remark`: what is to be known of them all, perhaps nothing. */
  { most, split, remark }: { readonly most: number; readonly split: Cell['split']; readonly remark: string },
  look: Look,
): string {
  if (answered === 0) return `It answered no ${split} question.`;
  const questions = formatCounted(answered, `${split} question`);
  if (lost.length === 0) return `It lost no points on ${questions}.`;
  const shown = lost.slice(0, most);
  const more = shown.length === lost.length ? '' : `, the ${formatCount(shown.length)} worst of them here`;
  const head = `It lost points on ${formatCount(lost.length)} of ${questions}${more}. ${ofHoldout[split]}`;
  return [
    wrapText(remark === '' ? head : `${head}\n${remark}`, look.paragraphs),
    ...shown.map((question) => questionText(question, look)),
  ].join('\n\n');
}

function questionText(of: LostQuestion, { paragraphs, colors }: Look): string {
  const { instance, question, expected, score, answers } = of;
  const longest = Number.isFinite(paragraphs) ? longestText : Number.POSITIVE_INFINITY;
  const line = (label: string, text: string, most = longest): string =>
    `${colors.dim(label.padEnd(labelWidth))}${wrapBeside(labelWidth, shortened(oneLine(text), most), paragraphs)}`;
  const [worst] = answers;
  const times = answers.length > 1 ? ` (${formatCount(answers.length)} answers lost points; the worst)` : '';
  return [
    line(score === null ? 'unscored' : formatObjective('score', score), `${instance}${times}`),
    ...(question === undefined ? [] : [line('question', question, longestQuestion)]),
    ...(worst === undefined ? [] : [line('answered', worst.answer ?? '(nothing)')]),
    ...(worst?.written === undefined ? [] : [line('written', worst.written, longestWritten)]),
    ...(expected === undefined ? [] : [line('expected', expected)]),
    ...(worst?.why === undefined ? [] : [line('because', worst.why)]),
  ].join('\n');
}
