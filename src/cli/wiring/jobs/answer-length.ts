import { isRecord } from '../../../core/records.ts';
import { countTokens } from '../../../models/token-counter.ts';
import type { ImportedTask } from '../../../tasks/import/import-task.ts';

/** How long answers of a new task may be. */
export interface AnswerLimit {
  readonly maxTokens: number;
  /** What answers are, for people: `labels`. */
  readonly what: string;
}

/** Tokens that an answer may have where it is one of a few labels: enough to reason a little before. */
const labelTokens = 512;
/** Labels are no longer than so many characters, and no more than so many, each of which so many questions have on average. */
const most = { characters: 40, labels: 40 };
const leastOfEach = 3;
/** A model may reason that much before JSON, which may be so many times as long as the longest gold answer. */
const jsonTokens = { before: 768, times: 3, step: 256 };
/** What answers may have by default: no limit is as high. */
const usualTokens = 2_048;

/**
 * The limit of an answer's tokens for a task whose gold answers are a few labels, or short JSON of slots; `undefined`
 * for all others. Numbers and letters of options may take long to find.
 */
export function answerLimit({
  file,
  instances,
}: {
  readonly file: Pick<ImportedTask['file'], 'grader'>;
  readonly instances: readonly Pick<ImportedTask['instances'][number], 'gold'>[];
}): AnswerLimit | undefined {
  const golds = instances.map(({ gold }) => gold);
  if (file.grader.name === 'extraction') return jsonLimit(golds);
  const isLabel = (gold: unknown): gold is string =>
    typeof gold === 'string' &&
    gold.length > 1 &&
    gold.length <= most.characters &&
    !/\d/.test(gold) &&
    !gold.includes('\n');
  if (!golds.every(isLabel)) return undefined;
  const labels = new Set(golds).size;
  const areFew = labels >= 2 && labels <= most.labels && leastOfEach * labels <= golds.length;
  return areFew ? { maxTokens: labelTokens, what: 'labels' } : undefined;
}

function jsonLimit(golds: readonly unknown[]): AnswerLimit | undefined {
  if (!golds.every((gold) => isRecord(gold) || Array.isArray(gold))) return undefined;
  const longest = golds.reduce<number>(
    (most, gold) => Math.max(most, countTokens(JSON.stringify(gold, null, 2))),
    0,
  );
  const { before, times, step } = jsonTokens;
  const maxTokens = step * Math.ceil((before + times * longest) / step);
  return maxTokens < usualTokens ? { maxTokens, what: `JSON of at most ${longest} tokens` } : undefined;
}
