import { describe, expect, test } from 'vitest';
import { answerText, isEmptyAnswer, parseChoice, parseRanking, parseVerdict } from '../../src/moa/parse.ts';

describe('parseVerdict', () => {
  test.each([
    ['VERDICT: ACCEPT', 'accept'],
    ['The sum is right.\n**Verdict:** reject', 'reject'],
    ['**VERDICT: ACCEPT**', 'accept'],
    ['verdict - accepted.', 'accept'],
    ['VERDICT: [REJECT]', 'reject'],
    ['## Verdict\n\nACCEPT', 'accept'],
    ['First VERDICT: REJECT, but on a second look VERDICT: ACCEPT', 'accept'],
    ['<think>VERDICT: REJECT</think>VERDICT: ACCEPT', 'accept'],
    ['All checks pass.\nAccept.', 'accept'],
    ['I would not accept this, nor reject it.', undefined],
    ['VERDICT: MAYBE', undefined],
    ['VERDICT: NOT ACCEPTED', undefined],
    ['', undefined],
  ])('%j is %s', (text, expected) => {
    expect(parseVerdict(text)).toBe(expected);
  });
});

describe('parseRanking', () => {
  test.each([
    ['RANKING: 2, 1, 3', [2, 1, 3]],
    ['Answer: [3] > [1] > [2]\nbecause [1] is long', [3, 1, 2]],
    ['[2]>[9] > [1]', [2, 1]],
    ['[3] > [1]\nRANKING: 1, 3, 2', [1, 3, 2]],
    ['**Ranking:** 3 > 1 > 2', [3, 1, 2]],
    ['I rank them.\n\nRANKING:\n3, 2, 1', [3, 2, 1]],
    ['RANKING:\n1. Candidate 3\n2. Candidate 1\n3. Candidate 2\n\nDone in 3 steps', [3, 1, 2]],
    ['RANKING: [2], [3]', [2, 3]],
    ['RANKING: candidate 2, candidate 9, candidate 2, candidate 1', [2, 1]],
    ['RANKING: 1, 2, 3. No wait.\nRANKING: 3, 2, 1', [3, 2, 1]],
    ['<think>RANKING: 1, 2, 3</think>\nranking: 2,3,1', [2, 3, 1]],
    ['Best first:\n2, 1, 3', [2, 1, 3]],
    ['Candidate 2 has 3 errors, candidate 1 has 4.', undefined],
    ['RANKING: none', undefined],
    ['RANKING: 7, 8', undefined],
  ])('%j is %j', (text, expected) => {
    expect(parseRanking(text, [1, 2, 3])).toEqual(expected);
  });
});

describe('parseChoice', () => {
  const names = ['math', 'math expert', 'Coder', 'C++ (fast)'];
  test.each([
    ['AGENTS: coder, math', ['Coder', 'math']],
    ['**Agents:** `math expert`', ['math expert']],
    ['AGENTS:\nCoder', ['Coder']],
    ['math would do, but\nAGENTS: C++ (fast) and Coder', ['C++ (fast)', 'Coder']],
    ['AGENTS: math\nAGENTS: coder', ['Coder']],
    ['The Coder fits best', ['Coder']],
    ['AGENTS: mathematician', undefined],
    ['AGENTS: nobody', undefined],
    ['', undefined],
  ])('%j is %j', (text, expected) => {
    expect(parseChoice(text, names)).toEqual(expected);
  });
});

describe('answers with reasoning', () => {
  test.each([
    ['plain', 'plain', false],
    ['<think>a</think> b', 'b', false],
    ['a</think>\nb', 'b', false],
    ['<think>never ends', '', true],
    ['<think>a</think>\n ', '', true],
    ['[THINK]a[/THINK]b', 'b', false],
    ['◁think▷a◁/think▷b', 'b', false],
    ['<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>', 'b', false],
    [
      '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>',
      'b',
      false,
    ],
    ['<|channel|>analysis<|message|>never ends', '', true],
    ['They write `<think>` before it.', 'They write `<think>` before it.', false],
    [' \n\t', ' \n\t', true],
  ])('%j', (text, rest, empty) => {
    expect(answerText(text)).toBe(rest);
    expect(isEmptyAnswer(text)).toBe(empty);
  });
});
