import { describe, expect, it, test } from 'vitest';
import type { Grade } from '../../src/domain/grade.ts';
import type { Instance, Task, TaskFile } from '../../src/domain/task.ts';
import type { GradeRequest, Grader } from '../../src/grading/grader.ts';
import { goldAnswer } from '../../src/grading/task-check/answers.ts';
import { checkTask } from '../../src/grading/task-check/index.ts';

const golds = Array.from({ length: 40 }, (_, n) => `answer ${n}`);

function taskOf(changes: Partial<Task> = {}, texts: readonly string[] = golds): Task {
  const instances = texts.map((gold, n): Instance => ({ id: `i${n}`, input: `question ${n}`, gold }));
  return {
    ...{ version: 1, name: 't', description: 'd', instances: 'instances.jsonl', hash: '' },
    ...{ grader: { name: 'exact' }, answer: 'text', repeats: 1, objectives: ['score'] },
    split: { holdout: 0.5, seed: 1 },
    tuning: instances.slice(0, texts.length / 2),
    holdout: instances.slice(texts.length / 2),
    ...changes,
  } as Task;
}

function graderOf(
  judge: (request: GradeRequest) => number | string,
  more: Partial<Grader> = {},
): Grader & { readonly seen: GradeRequest[] } {
  const seen: GradeRequest[] = [];
  return {
    name: 'test',
    revision: '1',
    seen,
    grade: async (request): Promise<Grade> => {
      seen.push(request);
      const value = judge(request);
      return typeof value === 'string' ? { kind: 'unscored', reason: value } : { kind: 'scored', value };
    },
    ...more,
  };
}

const right = ({ answer, instance }: GradeRequest): number => Number(answer === instance.gold);

describe('checkTask', () => {
  it('passes a grader that tells right from wrong', async () => {
    const grader = graderOf(right);
    const check = await checkTask(taskOf(), grader);
    expect(check).toMatchObject({
      passed: true,
      instances: 40,
      gold: { graded: 40, full: 40, missing: 0, mean: 1 },
      wrong: { graded: 160, full: 0, unscored: 0, mean: 0 },
      noise: { answers: 10, repeats: 5, differing: 0, largest: 0 },
      findings: [],
      warnings: [],
    });
    expect(new Set(grader.seen.map(({ question }) => question)).size).toBe(40);
  });

  it.each([
    ['of texts', golds],
    ['of two labels', golds.map((_, n) => (n % 2 === 0 ? 'even' : 'odd'))],
  ])('tells of each grading %s, of as many as there are', async (_, texts) => {
    const told: (readonly [number, number])[] = [];
    const grader = graderOf(right);
    await checkTask(taskOf({}, texts), grader, { onGraded: (graded, of) => told.push([graded, of]) });
    const all = grader.seen.length;
    expect(told).toEqual(Array.from({ length: all }, (_, at) => [at + 1, all]));
  });

  it('never takes an equal gold for a wrong answer', async () => {
    const texts = golds.map((_, n) => (n % 2 === 0 ? 'even' : 'odd'));
    const check = await checkTask(taskOf({}, texts), graderOf(right));
    expect(check.wrong.full).toBe(0);
    expect(check.passed).toBe(true);
    expect(check.constant?.score).toBe(0.5);
    expect(check.warnings).toEqual(['a constant answer gets 50% of what the gold answers get']);
  });

  test.each<[string, (request: GradeRequest) => number | string, string]>([
    ['likes everything', () => 1, 'gold of'],
    ['likes an empty answer', (request) => (request.answer === '' ? 1 : right(request)), 'empty'],
    ['likes refusals', (request) => (/know/.test(request.answer) ? 1 : right(request)), "I don't know"],
    ['fails a gold answer', (request) => (request.instance.id === 'i7' ? 0 : right(request)), 'gold'],
    [
      'cannot score a gold answer',
      (request) => (request.instance.id === 'i7' ? 'broken' : right(request)),
      'gold',
    ],
  ])('fails a grader that %s', async (_, judge, kind) => {
    const check = await checkTask(taskOf(), graderOf(judge));
    expect(check.passed).toBe(false);
    expect(check.findings.some((finding) => finding.kind.startsWith(kind))).toBe(true);
    expect(check.failures[0]).toMatch(
      kind === 'gold'
        ? '1 of 40 gold answers gets less than full marks'
        : / of 160 wrong answers get full marks/,
    );
  });

  it('fails a grader that disagrees with itself, and says by how much', async () => {
    let calls = 0;
    const check = await checkTask(
      taskOf(),
      graderOf((request) => (right(request) === 1 ? 1 : (calls++ % 7) / 10)),
    );
    expect(check.passed).toBe(false);
    expect(check.failures).toEqual(['equal answers get different values']);
    expect(check.noise.differing).toBeGreaterThan(0);
    expect(check.noise.largest).toBeGreaterThan(0);
  });

  it('fails a task that a constant answer nearly solves', async () => {
    const texts = golds.map((_, n) => (n === 3 ? 'rare' : 'usual'));
    const check = await checkTask(taskOf({}, texts), graderOf(right));
    expect(check).toMatchObject({
      passed: false,
      findings: [],
      constant: { answer: 'usual', score: 39 / 40 },
    });
  });

  it('scores constants by the mean, which a search climbs, and tells what the field goes by beside it', async () => {
    const texts = golds.map((_, n) => (n % 20 === 3 ? 'rare' : 'usual'));
    const check = await checkTask(
      taskOf({}, texts),
      graderOf(right, { aggregate: { name: 'macro-F1', of: () => 0.25 } }),
    );
    expect(check).toMatchObject({
      passed: false,
      constant: { answer: 'usual', score: 0.95, aggregate: { name: 'macro-F1', value: 0.25 } },
      failures: ['a constant answer gets 95% of what the gold answers get'],
      warnings: [],
    });
  });

  it('lets a judge err now and then, but not on the whole', async () => {
    const task = taskOf();
    const judge = (share: number) =>
      graderOf(
        (request) => (right(request) === 1 ? 0.5 : Number(Number(request.instance.id.slice(1)) < 40 * share)),
        {
          callsModels: true,
        },
      );
    expect((await checkTask(task, judge(0.1))).passed).toBe(true);
    expect((await checkTask(task, judge(0.9))).failures).toEqual([
      'wrong answers get about as much as gold answers on the whole',
      'a constant answer gets 180% of what the gold answers get',
    ]);
  });

  it("uses the holdout's own options there only", async () => {
    const grader = graderOf(right);
    await checkTask(taskOf({ holdoutGrader: { scoring: 'strict' } }), grader);
    for (const { instance, overrides } of grader.seen) {
      expect(overrides).toEqual(Number(instance.id.slice(1)) < 20 ? undefined : { scoring: 'strict' });
    }
  });

  it('looks at no more instances than it is told to, of both sides', async () => {
    const grader = graderOf(right);
    const check = await checkTask(taskOf(), grader, { mostInstances: 10 });
    expect(check.instances).toBe(10);
    const ids = new Set(grader.seen.map(({ instance }) => Number(instance.id.slice(1))));
    expect(ids.size).toBe(10);
    expect([...ids].filter((id) => id < 20)).toHaveLength(5);
  });

  it('says where there is no answer to expect full marks of', async () => {
    const check = await checkTask(
      taskOf({ grader: { name: 'code-tests' } }),
      graderOf(() => 0),
    );
    expect(check.gold).toMatchObject({ graded: 0, missing: 40, mean: null });
    expect(check.warnings[0]).toContain('40 instances have no answer');
  });
});

test.each<[string, Partial<TaskFile>, Partial<Instance>, string | undefined]>([
  ['text', { grader: { name: 'exact' } }, { gold: 'Rome' }, 'Rome'],
  ['the first of several accepted', { grader: { name: 'exact' } }, { gold: ['Rome', 'Roma'] }, 'Rome'],
  ['all texts to be contained', { grader: { name: 'contains' } }, { gold: ['a', 'b'] }, 'a\nb'],
  ['any text to be contained', { grader: { name: 'contains', mode: 'any' } }, { gold: ['a', 'b'] }, 'a'],
  ['a number', { grader: { name: 'numeric' } }, { gold: 3 }, '3'],
  ['slots as JSON', { grader: { name: 'extraction' } }, { gold: { city: 'Rome' } }, '{"city":"Rome"}'],
  [
    'a reference before all',
    { grader: { name: 'code-tests' } },
    { gold: ['assert f()'], reference: 'def f(): …' },
    'def f(): …',
  ],
  ['none in tests', { grader: { name: 'code-tests' } }, { gold: ['assert f()'] }, undefined],
  ['none without gold', { grader: { name: 'exact' } }, {}, undefined],
])('goldAnswer: %s', (_, file, instance, expected) => {
  const whole = { id: 'i', input: 'q', ...instance };
  expect(goldAnswer({ ...taskOf(), ...file }, whole)).toBe(expected);
});
