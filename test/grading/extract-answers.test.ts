import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskFileSchema } from '../../src/domain/task.ts';
import { createAnswerExtractor, createAnswerReader } from '../../src/grading/extract.ts';
import { extractChoice } from '../../src/grading/extraction/choice.ts';
import { extractLabel } from '../../src/grading/extraction/label.ts';
import { extractNumber } from '../../src/grading/extraction/number.ts';
import { anyText } from '../support/any-text.ts';
import { runs, sampled, thorough } from '../support/thorough.ts';

const kinds = taskFileSchema.shape.answer.unwrap().options;

describe('answers as people are to see them', () => {
  it.each([
    ['text', 'So the answer is: The Rio de la Plata', 'The Rio de la Plata'],
    [
      'json',
      'Sure!\n```json\n{"item": "LED Lamps", "city": "Graz"}\n```',
      '{"item":"LED Lamps","city":"Graz"}',
    ],
    ['json', 'I cannot say.', null],
    [
      'code',
      'Here:\n```python\ndef f(x):\n    return x  # as it is\n```',
      'def f(x):\n    return x  # as it is',
    ],
    ['number', 'That makes 1,234.50', '1234.5'],
    ['choice', 'So B is correct.', 'B'],
  ] as const)('%s: %j', (answer, text, given) => {
    expect(createAnswerReader({ answer })(text)).toBe(given);
  });
});

describe('numbers', () => {
  it.each([
    ['42', 42],
    ['The answer is 1,234.5 km.', 1234.5],
    ['First 7, then 8. \\boxed{\\frac{3}{4}}', 0.75],
    ['\\boxed{-\\dfrac{1}{2}}', -0.5],
    ['\\boxed{x = 12}', 12],
    ['\\boxed{2{,}500 \\text{ m}}', 2500],
    ['3 + 4 = 7\n#### 72', 72],
    ['so it is 1 1/2 cups', 1.5],
    ['That makes 3 * 4 = 12', 12],
    ['The answer is 7 because 3 + 4 = 7 and not 8', 7],
    ['The final answer is: **$1,000,000**', 1e6],
    ['Answer: −5', -5],
    ['about 12.', 12],
    ['The range 3-4', 4],
    ['1.2e3', 1200],
    ['3.5 × 10^2', 350],
    ['.5', 0.5],
    ['{"reasoning": "2 + 2", "answer": "17 apples"}', 17],
    ['<think>99</think>5', 5],
    ['```json\n{"reasoning": "raw\nline ends", "answer": "1,050"\n```', 1050],
  ])('%j gives %d', (text, value) => {
    expect(extractNumber(text)?.value).toBeCloseTo(value, 9);
  });

  it.each(['', 'none', '1/0', '\\boxed{}', '<think>3'])('%j gives none', (text) => {
    expect(extractNumber(text)).toBeNull();
  });

  it('reads back any number written with separators (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.constantFrom('', ' km', '.', ' dollars', '**'),
        (value, tail) => {
          const written = value.toLocaleString('en-US');
          expect(extractNumber(`After 3 steps the answer is ${written}${tail}`)?.value).toBe(value);
        },
      ),
    );
  });

  const recorded = new URL('../../../shared/data/recorded/zeroeval_gsm_texts.jsonl.gz', import.meta.url);
  const items = new URL('../../../shared/data/matrices/zeroeval_gsm_items.jsonl.gz', import.meta.url);
  it.skipIf(!existsSync(recorded))('reproduces recorded GSM8K scores (needs ../shared/data)', () => {
    const rows = <Row>(url: URL): Row[] =>
      gunzipSync(readFileSync(url))
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
    const gold = new Map(
      rows<{ id: string; gold: string }>(items).map((row) => [
        row.id,
        Number(row.gold.replaceAll(/[#,\s]/g, '')),
      ]),
    );
    const all = rows<{ item_id: string; score: number; output: string }>(recorded);
    const replies = sampled(all, 6);
    const different = replies.filter(
      ({ item_id, score, output }) => (extractNumber(output)?.value === gold.get(item_id) ? 1 : 0) !== score,
    );
    expect(all).toHaveLength(2400);
    // In each the answer is an equation, "8 - 4 = 4": the recorder read its first number, we its result.
    expect(different.filter(({ output }) => !/"answer": "[^"]*= [\d.]+"/.test(output))).toEqual([]);
    expect(different.length).toBeLessThanOrEqual(6);
  });
});

describe('choices', () => {
  it.each([
    ['The answer is (B).', 'B'],
    ['Answer: C', 'C'],
    ['**D**', 'D'],
    ['\\boxed{\\text{E}}', 'E'],
    ['{"reasoning": "A or B", "answer": "F"}', 'F'],
    ['b', 'B'],
    ['B) because it is so', 'B'],
    ['A) x\nB) y\nSo I choose (B)', 'B'],
    ['The answer is: **B. Paris**', 'B'],
    ['Option C is right', 'C'],
    ['<think>A</think>J', 'J'],
    ['The best answer is A good one', 'A'],
    ['I think that is all', null],
    ['K', 'K'],
    ['42', null],
    ['', null],
  ])('%j gives %s', (text, letter) => {
    expect(extractChoice(text)).toBe(letter);
  });
});

describe('labels', () => {
  const labels = ['card_arrival', 'lost_card', 'card', 'top-up by cash'];
  it.each([
    ['lost_card', 'lost_card'],
    ['Lost card.', 'lost_card'],
    ['Intent: **card arrival**', 'card_arrival'],
    ['{"label": "Top up by cash"}', 'top-up by cash'],
    ['The customer asks about card arrival, I think.', 'card_arrival'],
    ['card arrival or lost card', null],
    ['refund', null],
    ['', null],
  ])('%j gives %s', (text, label) => {
    expect(extractLabel(text, labels)).toBe(label);
  });
});

describe('createAnswerExtractor', () => {
  it.each([
    ['text', ' "Paris." ', 'paris'],
    ['number', 'It is 1,050 km', 'so 2100/2'],
    ['choice', 'Answer: (c)', 'C'],
    ['label', 'Label: Lost-Card', 'lost card'],
    ['json', '```json\n{"b": 1, "a": [2]}\n```', 'Here: {"a":[2],"b":1.0} ok'],
    [
      'code',
      '```python\ndef f(x):  # doubles\n\n\treturn x * 2\n```',
      'def f(x):\n    return x * 2\n\nThat doubles it.',
    ],
  ] as const)('finds equal answers of kind %s', (kind, one, other) => {
    const extract = createAnswerExtractor({ answer: kind });
    expect(extract(one)).not.toBeNull();
    expect(extract(one)).toBe(extract(other));
  });

  it('tells different code apart', () => {
    const extract = createAnswerExtractor({ answer: 'code' });
    expect(extract('def f(x):\n    return "# 1"')).not.toBe(extract('def f(x):\n    return "# 2"'));
    expect(extract('def f(x):\n    if x:\n        y = 1\n        z = 2')).not.toBe(
      extract('def f(x):\n    if x:\n        y = 1\n    z = 2'),
    );
  });

  it.each(kinds)('%s takes any text (property)', (kind) => {
    const extract = createAnswerExtractor({ answer: kind });
    fc.assert(
      fc.property(anyText({ maxLength: 80 }), (text) => {
        const found = extract(text);
        expect(found === null || found.length > 0).toBe(true);
      }),
      { numRuns: runs(100) },
    );
    expect(extract('')).toBeNull();
  });

  it.each(
    sampled(
      kinds.flatMap((kind) =>
        ['1', '{', ' ', '\\boxed{', '1/', '"answer":', '*', 'A '].map((unit) => [kind, unit]),
      ),
      14,
    ),
  )('%s reads megabytes of %j', (kind, unit) => {
    const answer = unit.repeat(Math.floor((thorough ? 50_000_000 : 1_000_000) / unit.length));
    expect(() => createAnswerExtractor({ answer: kind as (typeof kinds)[number] })(answer)).not.toThrow();
  });
});
