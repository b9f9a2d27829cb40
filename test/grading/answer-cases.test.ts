import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import { extractChoice } from '../../src/grading/extraction/choice.ts';
import { extractNumber } from '../../src/grading/extraction/number.ts';
import { tooSlow } from '../support/hostile-texts.ts';

/** A row of `answer-cases.jsonl`; its kinds are those of `docs/graders.md`'s table. */
interface AnswerCase {
  readonly kind?: string;
  readonly grader: string;
  readonly gold: unknown;
  readonly labels?: readonly string[];
  readonly answer: string;
  /** 1 right, 0 wrong. */
  readonly want: number;
  readonly debatable?: boolean;
}

function casesIn(file: URL): AnswerCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AnswerCase);
}

async function grade({ grader: name, labels, gold, answer }: AnswerCase): Promise<number | string> {
  const spec = { name, ...(labels === undefined ? {} : { labels }) };
  const grader = unwrap(createGrader(spec, { python: undefined as never, taskFolder: '.' }));
  const verdict = await grader.grade({ answer, instance: { id: '1', input: 'q', gold }, question: 'q' });
  return verdict.kind === 'scored' ? verdict.value : verdict.reason;
}

const own = casesIn(new URL('answer-cases.jsonl', import.meta.url));

describe('answers as models write them', () => {
  it.each(own.map((row) => [row.kind, row.grader, row.answer, row] as const))(
    '%s %s %j',
    async (_kind, _grader, _answer, row) => {
      expect(await grade(row)).toBe(row.want);
    },
  );

  const shared = new URL('../../../shared/cases/answers.jsonl', import.meta.url);
  it.skipIf(!existsSync(shared))('agrees with the shared cases (needs ../shared/cases)', async () => {
    const rows = casesIn(existsSync(shared) ? shared : new URL('answer-cases.jsonl', import.meta.url));
    const wrong: unknown[] = [];
    for (const row of rows) if ((await grade(row)) !== row.want) wrong.push(row);
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(200);
  });
});

describe('in the manner of public benchmarks', () => {
  const booleans = ['True', 'False'];
  it.each([
    [
      'Let\'s think step by step. Remember that (i) expressions inside brackets are always evaluated first and that (ii) the order of operations from highest priority to lowest priority is "not", "and", "or", respectively. We first simplify this expression "Z" as follows: "Z = not ( True ) and ( True ) = A and B" where "A = not ( True )" and "B = ( True )". A = not ( True ) = False. B = True. Plugging in A and B, we get: Z = A and B = False and True = False. So the answer is False.',
      'False',
    ],
    [
      '1. not False = True\n2. True or False = True\n3. True and True = True\n\nTherefore, the expression evaluates to **True**.\n\nSo the answer is True.',
      'True',
    ],
    ['Evaluate inside out: (True or False) is True; not True is False.\n\n**Final Answer:** False', 'False'],
  ])('BBH boolean_expressions: %j', async (answer, gold) => {
    expect(await grade({ grader: 'classification', gold, labels: booleans, answer, want: 1 })).toBe(1);
    const vote = createAnswerExtractor({ answer: 'label' });
    expect(vote(answer)).toBe(vote(gold));
  });

  it.each([
    [
      "A: Let's think step by step. The rate is 5%, so option B gives 105 and option D 110. The answer is (D).",
      'D',
    ],
    [
      'The answer is (G).\n\nQuestion: Which of the following is a gas?\nOptions: (A) iron (B) neon\nAnswer: Let us think step by step. The answer is (B).',
      'G',
    ],
    [
      'To solve this, compute V = IR = 12 V.\n\nComparing with the options, the closest one is H. The correct answer is **H. 12 V**.',
      'H',
    ],
    ['Statement 1 is true (A), statement 2 is false.\n\n### Final Answer\n\n**J**', 'J'],
  ])('MMLU-Pro: %j', (answer, letter) => {
    expect(extractChoice(answer)).toBe(letter);
  });
});

describe('votes', () => {
  it.each([
    ['label', 'False', 'So the answer is False.'],
    ['label', '"card_arrival"', 'The label is Card arrival.'],
    ['number', '½', '0.5'],
    ['number', 'The answer is 1,5.', '\\boxed{\\frac32}'],
    ['json', '{"b": 1, "a": [2,]}', '{"a": [2], "b": 1}'],
    ['json', '{"answer": {"a": 1}}', "{'a': 1}"],
    ['json', '{"a": 1e999}', '```\n{"a": 1e999}\n```'],
    ['choice', 'I choose K.', '(K)'],
    ['text', 'The answer is Paris.', '"paris"'],
  ] as const)('%s: %j and %j are one vote', (answer, one, other) => {
    const vote = createAnswerExtractor({ answer });
    expect(vote(one)).not.toBeNull();
    expect(vote(one)).toBe(vote(other));
  });

  it("reads with the labels and the order of the task's grader", () => {
    const vote = createAnswerExtractor({
      answer: 'label',
      grader: { name: 'classification', labels: ['yes', 'no'], statement: 'first' },
    });
    expect(vote('Answer: yes\nAnswer: no')).toBe('yes');
    expect(vote('Surely, yes it is')).toBe('yes');
    expect(vote('maybe')).toBeNull();
  });
});

describe('first or last statement', () => {
  const answer = 'Answer: 10\n\nWait, two more.\nAnswer: 12';
  it('is the last unless the task says first', () => {
    expect(extractNumber(answer)?.value).toBe(12);
    expect(extractNumber(answer, 'first')?.value).toBe(10);
  });
});

describe('speed', () => {
  const paragraph =
    'Then 3 of the 12 apples (see step 4) cost $1,234.50, so option B is wrong; {"a": 1} is no answer.\n';
  const long = paragraph.repeat(Math.ceil(100_000 / paragraph.length));
  it.each(['text', 'number', 'choice', 'label', 'json'] as const)(
    '100 kB of prose, read for a %s',
    async (answer) => {
      const labels = Array.from({ length: 77 }, (_, index) => `label number ${index}`);
      const read = createAnswerExtractor({ answer, grader: { name: 'classification', labels } });
      read(long.slice(0, 1_000));
      expect(await tooSlow(50, read, long)).toBeNull();
    },
  );
});

it('has at least fifteen cases of every kind', () => {
  for (let kind = 1; kind <= 17; kind++) {
    const count = own.filter((row) => row.kind === `K${kind}`).length;
    expect(count, `K${kind}`).toBeGreaterThanOrEqual(15);
  }
});
