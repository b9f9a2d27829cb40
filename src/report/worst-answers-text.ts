import type { LostQuestion, WorstAnswers } from '../analysis/worst-answers.ts';
import { oneLine } from '../core/one-line.ts';
import { shortened } from '../core/shortened.ts';
import { formatCount, formatObjective } from './format.ts';
import type { Look } from './look.ts';
import { wrapBeside, wrapText } from './wrap-text.ts';

const labelWidth = 10;

/** Characters of a question that are shown; whole it is in JSON. */
const longestQuestion = 300;
/** Of what a model wrote around an answer. */
const longestWritten = 200;
/** Of the other texts where a terminal limits lines. */
const longestText = 600;

/** The questions that a config lost most on, a few lines each. */
export function worstAnswersText(
  { answered, lost }: WorstAnswers,
  /** `most`: questions shown; `remark`: what is to be known of them all, perhaps nothing. */
  { most, remark }: { readonly most: number; readonly remark: string },
  look: Look,
): string {
  if (answered === 0) return 'It answered no tuning question.';
  const questions = answered === 1 ? '1 tuning question' : `${formatCount(answered)} tuning questions`;
  if (lost.length === 0) return `It lost no points on ${questions}.`;
  const shown = lost.slice(0, most);
  const more = shown.length === lost.length ? '' : `, the ${formatCount(shown.length)} worst of them here`;
  const head = `It lost points on ${formatCount(lost.length)} of ${questions}${more}. Holdout answers stay unseen.`;
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
