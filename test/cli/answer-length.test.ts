import { expect, it } from 'vitest';
import { maxTokensFor } from '../../src/cli/wiring/jobs/answer-length.ts';

const repeated = (golds: readonly unknown[], times: number) =>
  Array.from({ length: times }, () => golds.map((gold) => ({ gold }))).flat();

it.each([
  ['labels', repeated(['billing', 'refund', 'access'], 10), 512],
  [
    'labels each of which is asked for once or twice',
    repeated(['billing', 'refund', 'access'], 2),
    undefined,
  ],
  ['one label', repeated(['billing'], 10), undefined],
  ['letters of options, which may take long to find', repeated(['A', 'B', 'C'], 10), undefined],
  ['numbers', repeated(['12', '7'], 10), undefined],
  ['lists', repeated([['a'], ['b']], 10), undefined],
  ['sentences', repeated(['This is what the customer wants of us now.', 'no'], 10), undefined],
])('%s', (_, instances, tokens) => {
  expect(maxTokensFor(instances)).toBe(tokens);
});
