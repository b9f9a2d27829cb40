import { l as rougeL, n as rougeN } from 'js-rouge';
import { z } from 'zod';
import { quantile } from '../../core/statistics.ts';
import { scored } from '../../domain/grade.ts';
import { finalText } from '../extraction/final-text.ts';
import { isTextOrList } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { oneOrMore } from './define.ts';

export const rougeMetrics = ['rouge-1', 'rouge-2', 'rouge-l', 'rouge-lsum'] as const;
export type RougeMetric = (typeof rougeMetrics)[number];

/**
 * F1 of a ROUGE metric from 0 to 1, in the definition of Google's `rouge-score` without stemming: lower
 * case, words are runs of a-z and 0-9, sentences (for `rouge-lsum`) are lines. A text without words gets 0.
 */
export function rouge(metric: RougeMetric, candidate: string, reference: string): number {
  const given = plainLines(candidate);
  const wanted = plainLines(reference);
  if (given === '' || wanted === '') return 0;
  const options = { caseSensitive: false, tokenizer: tokens };
  try {
    switch (metric) {
      case 'rouge-1':
        return rougeN(given, wanted, { ...options, n: 1 });
      case 'rouge-2':
        return rougeN(given, wanted, { ...options, n: 2 });
      case 'rouge-l':
        return rougeL(given, wanted, { ...options, segmenter: (text) => [text] });
      case 'rouge-lsum':
        return rougeL(given, wanted, { ...options, segmenter: (text) => text.split('\n') });
    }
  } catch (error) {
    // The library refuses texts that would take too long to compare; no sound summary is that long.
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

function tokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function median(texts: readonly unknown[], lengthOf: (text: string) => number): number {
  const lengths = texts.map((text) => lengthOf(String(text)));
  return Math.round(quantile(lengths, 0.5) ?? 0);
}

/** Below, words as ROUGE counts them say nothing of a text's length, as in Chinese. */
const fewestWords = 5;

/** Words and line ends only. */
function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => tokens(line).join(' '))
    .filter((line) => line !== '')
    .join('\n');
}

/** Of several references the one that fits best counts. */
export const summaryGrader = textGrader('summary', {
  options: z.strictObject({
    name: z.literal('summary'),
    /** Which F1 is the score. `rouge-lsum` looks for common subsequences line by line. */
    metric: z.enum(rougeMetrics).default('rouge-l'),
  }),
  golds: oneOrMore(z.string().regex(/\S/)),
  judge: (answer, references, { metric }) => {
    const summary = finalText(answer);
    const value = Math.max(...references.map((reference) => rouge(metric, summary, reference)));
    if (value === 1) return scored(1);
    const words = (text: string): number => tokens(text).length;
    const lengths = references.map(words);
    const between = [...new Set([Math.min(...lengths), Math.max(...lengths)])].join(' to ');
    return scored(
      value,
      `${metric} F1 is ${value.toFixed(3)}; the summary has ${words(summary)} words, the reference ${between}.`,
    );
  },
  scores: 'shares',
  learned: 'summary',
  gold: {
    answer: 'text',
    expected: 'a reference summary, or a list of them',
    fits: isTextOrList,
    prompt: (golds, inputs) => {
      const all = golds.flat();
      // ROUGE takes off for words too many as for words missing.
      const words = median(all, (text) => tokens(text).length);
      const said = words < 20 ? words : 5 * Math.round(words / 5);
      const length = words < fewestWords ? '' : ` in about ${said} words`;
      const letters = (texts: readonly unknown[]): number => median(texts, (text) => text.length);
      return letters(inputs) >= 2 * letters(all)
        ? `Summarise this text${length}. Answer with the summary only.\n\n{{input}}`
        : `{{input}}\n\nAnswer${length}. Nothing but the answer.`;
    },
    isWholeText: true,
  },
});
