import type { Instance } from '../../../domain/task.ts';

/** Tokens that an answer may have where it is one of a few labels: enough to reason a little before. */
const labelTokens = 512;
/** Labels are no longer than so many characters, and no more than so many, each of which so many questions have on average. */
const most = { characters: 40, labels: 40 };
const leastOfEach = 3;

/**
 * The limit of an answer's tokens for a task whose gold answers are a few labels; `undefined` for all others. Numbers
 * and letters of options may take long to find.
 */
export function maxTokensFor(instances: readonly Pick<Instance, 'gold'>[]): number | undefined {
  const golds = instances.map(({ gold }) => gold);
  const isLabel = (gold: unknown): gold is string =>
    typeof gold === 'string' &&
    gold.length > 1 &&
    gold.length <= most.characters &&
    !/\d/.test(gold) &&
    !gold.includes('\n');
  if (!golds.every(isLabel)) return undefined;
  const labels = new Set(golds).size;
  const areFew = labels >= 2 && labels <= most.labels && leastOfEach * labels <= golds.length;
  return areFew ? labelTokens : undefined;
}
