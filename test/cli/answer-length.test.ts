import { expect, it } from 'vitest';
import { answerLimit } from '../../src/cli/wiring/jobs/answer-length.ts';

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
  expect(answerLimit({ file: { grader: { name: 'exact' } }, instances })?.maxTokens).toBe(tokens);
});

const facts = (words: number) => ({ city: 'Rome', note: Array(words).fill('word').join(' ') });

it.each([
  ['short JSON', [facts(1), facts(50)], 1_024],
  ['longer JSON', [facts(1), facts(150)], 1_280],
  ['JSON as long as any answer may be', [facts(1), facts(600)], undefined],
  ['lists of entities', [[], [{ type: 'city', value: 'Rome' }]], 1_024],
])('%s', (_, golds, tokens) => {
  const instances = golds.map((gold) => ({ gold }));
  expect(answerLimit({ file: { grader: { name: 'extraction' } }, instances })?.maxTokens).toBe(tokens);
  expect(answerLimit({ file: { grader: { name: 'executable' } }, instances })).toBeUndefined();
});
