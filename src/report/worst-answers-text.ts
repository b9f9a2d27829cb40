import type { LostQuestion, WorstAnswers } from '../analysis/worst-answers.ts';
import { shortened } from '../core/shortened.ts';
import { formatCount, formatObjective } from './format.ts';
import type { Look } from './look.ts';

const labelWidth = 10;

/** The questions that a config lost most on, a few lines each that fit a terminal, whole elsewhere. @param most questions shown */
export function worstAnswersText({ answered, lost }: WorstAnswers, most: number, look: Look): string {
  if (answered === 0) return 'It answered no tuning question.';
  const questions = answered === 1 ? '1 tuning question' : `${formatCount(answered)} tuning questions`;
  if (lost.length === 0) return `It lost no points on ${questions}.`;
  const shown = lost.slice(0, most);
  const more = shown.length === lost.length ? '' : `, the ${formatCount(shown.length)} worst of them here`;
  return [
    `It lost points on ${formatCount(lost.length)} of ${questions}${more}. Holdout answers stay unseen.`,
    ...shown.map((question) => questionText(question, look)),
  ].join('\n\n');
}

function questionText(of: LostQuestion, { paragraphs, colors }: Look): string {
  const { instance, question, expected, score, answers } = of;
  const line = (label: string, text: string): string =>
    `${colors.dim(label.padEnd(labelWidth))}${shortened(oneLine(text), paragraphs - labelWidth)}`;
  const [worst] = answers;
  const times = answers.length > 1 ? ` (${formatCount(answers.length)} answers lost points; the worst)` : '';
  return [
    line(score === null ? 'unscored' : formatObjective('score', score), `${instance}${times}`),
    ...(question === undefined ? [] : [line('question', question)]),
    ...(worst === undefined ? [] : [line('answered', worst.answer ?? '(nothing)')]),
    ...(expected === undefined ? [] : [line('expected', expected)]),
    ...(worst?.why === undefined ? [] : [line('because', worst.why)]),
  ].join('\n');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
