import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsedJson } from '../../src/core/json.ts';
import { unwrap } from '../../src/core/result.ts';
import type { GraderSpec } from '../../src/domain/task.ts';
import { createGrader, graderNames, graderNeedsGold } from '../../src/grading/create-grader.ts';
import { whyNotBare } from '../../src/grading/extraction/bare-json.ts';
import { withGradeCache } from '../../src/grading/grade-cache.ts';
import type { Grader, PythonOutcome, PythonSandbox } from '../../src/grading/grader.ts';
import { graderKinds } from '../../src/grading/registry.ts';
import { macroF1 } from '../../src/grading/text-graders/classification.ts';
import { type GraderCases, graderConformance } from './grader-conformance.ts';

/** A sandbox that answers every job with a given outcome. */
function fakePython(outcome: PythonOutcome): PythonSandbox {
  return { tier: 'fake', run: async () => outcome, close: async () => undefined };
}
const unavailable = fakePython({ kind: 'unavailable', reason: 'no sandbox here' });
const dependencies = { python: unavailable, taskFolder: '.' };
const make = (spec: GraderSpec) => (): Grader => unwrap(createGrader(spec, dependencies));

type Row = Omit<GraderCases, 'make' | 'instance'> & { readonly gold: unknown };
const schema = {
  type: 'object',
  required: ['a'],
  properties: { a: { type: 'integer' }, b: { pattern: '^(x+x+)+y$' } },
};
const rows: readonly Row[] = [
  {
    spec: { name: 'exact' },
    gold: 'Paris',
    right: ['Paris', ' **paris.** ', '<think>London</think>Paris'],
    wrong: ['London', 'Paris, I think'],
    needsGold: true,
  },
  {
    spec: { name: 'exact', verbatim: true },
    gold: ['Yes', 'yes'],
    right: ['Yes', 'yes'],
    wrong: ['YES'],
    needsGold: true,
  },
  {
    spec: { name: 'choice' },
    gold: '(c)',
    right: ['C', 'The answer is (C).'],
    wrong: ['B', 'none of them'],
    needsGold: true,
  },
  {
    spec: { name: 'numeric' },
    gold: '1,234 km',
    right: ['1234', 'It is 1,234.0 km'],
    wrong: ['1235', 'a lot'],
    needsGold: true,
  },
  {
    spec: { name: 'numeric', tolerance: 0.01 },
    gold: 0.75,
    right: ['3/4', '75%', '0.755'],
    wrong: ['75', '0.77'],
    needsGold: true,
  },
  {
    spec: { name: 'contains' },
    gold: ['red', 'blue'],
    right: ['Red and BLUE'],
    wrong: ['red', 'green'],
    needsGold: true,
  },
  {
    spec: { name: 'contains', mode: 'any', caseSensitive: true },
    gold: ['red', 'blue'],
    right: ['a blue one'],
    wrong: ['Blue'],
    needsGold: true,
  },
  {
    spec: { name: 'regex', pattern: '^\\d{4}-\\d{2}$', flags: 'm' },
    gold: undefined,
    right: ['On\n2024-01'],
    wrong: ['2024'],
    needsGold: false,
  },
  {
    spec: { name: 'regex' },
    gold: '(a+)+$',
    right: ['aaa'],
    wrong: [`${'a'.repeat(50_000)}!`],
    needsGold: true,
  },
  {
    spec: { name: 'json-schema', schema },
    gold: undefined,
    right: ['{"a": 1}', 'Sure: ```json\n{"a": 2}\n```'],
    wrong: ['{"a": "1"}', '{}', 'no', `{"a": 1, "b": "${'x'.repeat(5_000)}"}`],
    needsGold: false,
  },
  {
    spec: { name: 'classification', labels: ['lost card', 'new card'] },
    gold: 'lost card',
    right: ['lost_card', 'It is about a lost card'],
    wrong: ['new card', 'refund', ''],
    needsGold: true,
  },
  {
    spec: { name: 'classification' },
    gold: 'lost_card',
    right: ['Lost card'],
    wrong: ['stolen'],
    needsGold: true,
  },
  {
    spec: { name: 'extraction' },
    gold: { time: '7 PM', people: 2, name: null },
    right: [
      '{"time": "7 pm", "people": "2"}',
      '[{"type": "time", "value": "7 PM"}, {"type": "people", "value": 2}]',
    ],
    wrong: ['{"time": "7 pm"}', '{"time": "7 pm", "people": 2, "x": "y"}', 'none'],
    needsGold: true,
  },
  {
    spec: { name: 'extraction', bare: true },
    gold: { time: '7 PM' },
    right: [
      '{"time": "7 pm"}',
      ' \n[{"type": "time", "value": "7 PM"}]\n',
      '<think>hm {</think>{"time":"7 PM"}',
    ],
    wrong: ['So: {"time": "7 pm"}', '```json\n{"time": "7 pm"}\n```', '{"answer": {"time": "7 pm"}}', ''],
    needsGold: true,
  },
  {
    spec: { name: 'json-schema', schema, bare: true },
    gold: undefined,
    right: ['{"a": 1}'],
    wrong: ['Sure: {"a": 2}', '```json\n{"a": 2}\n```', "{'a': 2}", '{"a": "1"}'],
    needsGold: false,
  },
];

describe.each(rows.map((row) => [`${row.spec.name} ${JSON.stringify(row.spec)}`, row] as const))(
  '%s',
  (_, row) => {
    const { gold, ...cases } = row;
    const { spec } = cases;
    const instance = { id: 'one', input: 'q', ...(gold === undefined ? {} : { gold }) };
    graderConformance({ ...cases, make: make(spec), instance });
    it('is known to need gold or not', () => expect(graderNeedsGold(spec)).toBe(row.needsGold));
  },
);

describe('the JSON alone', () => {
  it.each([
    ['{"a": 1}', undefined],
    ['{"a": 1}.', 'The answer holds more than the JSON.'],
    ['It is so.\n{"a": 1}', 'The answer holds more than the JSON.'],
    ['```json\n{"a": 1}\n```', 'The answer holds more than the JSON: a code fence around it.'],
    ['{"a": 1,}', 'The answer is no valid JSON.'],
    ['{"a": 1', 'The answer is no valid JSON.'],
    ['no', 'The answer holds no JSON.'],
  ])('%j', (answer, why) => expect(whyNotBare(answer)).toBe(why));

  it('is what JSON.parse takes', () => {
    const mangled = fc
      .tuple(fc.json(), fc.constantFrom('', ' ', '\n', ',', '}', ']', '"', 'a', '`', '1'), fc.nat())
      .map(
        ([text, piece, at]) =>
          text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1)),
      );
    fc.assert(
      fc.property(mangled, (text) => {
        expect(whyNotBare(text) === undefined).toBe(parsedJson(text) !== undefined);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

describe('extraction', () => {
  it.each([
    [
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 9 },
      '2 of 3 values are missing or differ; "b: 9" is wrong; "c" lacks a value.',
    ],
    [{ a: 1 }, { a: 1, x: 2 }, '"x: 2" should not be there.'],
    [{ a: null }, { a: 5 }, '"a: 5" should not be there.'],
    [{ a: [1] }, { a: [1, 1] }, 'Values are given more than once.'],
    [
      { tags: ['ui', 'docs'] },
      { tags: ['ui', 'crash', 'perf'] },
      '1 of 2 values are missing or differ; "tags: crash", "tags: perf" are wrong.',
    ],
    [
      { tags: ['ui', 'docs'] },
      { tags: ['ui'] },
      '1 of 2 values are missing or differ; "tags" lacks a value.',
    ],
    [{ a: 1, b: 2 }, {}, '2 of 2 values are missing or differ; "a", "b" lack values.'],
  ])('of %j and the answer %j tells what is wrong with which slot', async (gold, answer, told) => {
    const grader = unwrap(createGrader({ name: 'extraction' }, dependencies));
    const instance = { id: '1', input: 'q', gold };
    const grade = await grader.grade({ answer: JSON.stringify(answer), question: 'q', instance });
    expect(grade).toMatchObject({ kind: 'scored', feedback: told });
  });

  it('names up to three values that should not be there, and counts the rest', async () => {
    const grader = unwrap(createGrader({ name: 'extraction' }, dependencies));
    const given = (extra: number) =>
      JSON.stringify({
        a: 1,
        ...Object.fromEntries(Array.from({ length: extra }, (_, at) => [`x${at}`, at])),
      });
    const feedback = async (extra: number) => {
      const grade = await grader.grade({
        answer: given(extra),
        question: 'q',
        instance: { id: '1', input: 'q', gold: { a: 1 } },
      });
      return grade.kind === 'scored' ? grade.feedback : grade.reason;
    };
    expect(await feedback(2)).toBe('"x0: 0", "x1: 1" should not be there.');
    expect(await feedback(5)).toBe('"x0: 0", "x1: 1", "x2: 2", and 2 more, should not be there.');
  });
});

describe('createGrader', () => {
  const fault = (spec: GraderSpec) => {
    const made = createGrader(spec, dependencies, 'tasks/x/task.yaml');
    if (made.ok) throw new Error('expected a fault');
    return made.error;
  };
  it('names an unknown grader and the one that was meant', () => {
    const error = fault({ name: 'user-metrics-12' });
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain('tasks/x/task.yaml at grader.name: expected one of');
    expect(error.issues[0]).toMatchObject({ found: '"user-metrics-12"', suggestion: 'user-metrics-120' });
  });
  it.each([
    [{ name: 'user-metrics-120', scoring: 'lax' }, 'grader.scoring'],
    [{ name: 'user-metrics-120', scorings: 'strict' }, 'grader.scorings'],
    [{ name: 'numeric', tolerance: -1 }, 'grader.tolerance'],
    [{ name: 'regex', pattern: '(?=x)' }, 'grader.pattern'],
    [{ name: 'json-schema', schema: { type: 'objekt' } }, 'grader.schema'],
  ])('names the faulty option of %j', (spec, path) => {
    expect(fault(spec).issues.map((issue) => issue.path)).toContain(path);
  });
  it('lists every grader once', () => expect(new Set(graderNames).size).toBe(graderNames.length));
});

describe('user-metrics-120 over a sandbox', () => {
  const program = 'def calculate_user_metrics(users, start_date, end_date):\n    return {}\n';
  const gradeWith = (outcome: PythonOutcome, answer = program) =>
    unwrap(
      createGrader({ name: 'user-metrics-120' }, { ...dependencies, python: fakePython(outcome) }),
    ).grade({ answer, instance: { id: 'a', input: '' }, question: '' });

  it('leaves unscored what an absent sandbox could not run', async () => {
    const grade = await gradeWith({ kind: 'unavailable', reason: 'no sandbox here' });
    expect(grade).toEqual({ kind: 'unscored', reason: 'sandbox: no sandbox here', graderFailed: true });
  });
  it('scores 0 what does not load, with the reason', async () => {
    const grade = await gradeWith({
      kind: 'not-loaded',
      exception: 'NameError',
      message: "name 'List' is not defined",
    });
    expect(grade).toMatchObject({ kind: 'scored', points: 0, letter: 'F' });
    expect(grade.kind === 'scored' && grade.feedback).toContain("NameError: name 'List' is not defined");
  });
  it.each(['time', 'memory', 'output', 'violation', 'crash'] as const)(
    'scores 0 what is stopped for %s',
    async (cause) => {
      const grade = await gradeWith({ kind: 'stopped', cause, message: '', calls: [] });
      expect(grade).toMatchObject({ kind: 'scored', points: 0, value: 0 });
    },
  );
  it('does not run an answer without the function', async () => {
    const grade = await gradeWith({ kind: 'unavailable', reason: 'must not be asked' }, 'Sorry.');
    expect(grade).toMatchObject({ kind: 'scored', points: 0 });
  });
  it('asks a hanging program no more than twice and within its time limit', async () => {
    const limits: number[] = [];
    const python: PythonSandbox = {
      ...unavailable,
      run: async (job) => {
        limits.push(job.timeLimitMs ?? Number.NaN);
        return { kind: 'stopped', cause: 'time', message: '', calls: [] };
      },
    };
    const grader = unwrap(
      createGrader({ name: 'user-metrics-120', timeLimitMs: 1_000 }, { ...dependencies, python }),
    );
    expect(
      await grader.grade({ answer: program, instance: { id: 'a', input: '' }, question: '' }),
    ).toMatchObject({ points: 0 });
    expect(limits).toHaveLength(2);
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(1_000);
  });
});

describe('macro-F1', () => {
  it('averages over gold labels, unknown ones counted as misses', () => {
    const pairs = [
      { gold: 'a', given: 'a' },
      { gold: 'a', given: 'b' },
      { gold: 'b', given: null },
      { gold: 'b', given: 'zzz' },
    ];
    // a: precision 1, recall 1/2; b: nothing right.
    expect(macroF1(pairs)).toBeCloseTo((2 / 3 + 0) / 2, 12);
  });
  it('equals the definition by precision and recall (property)', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(
        fc.array(fc.record({ gold: label, given: fc.option(label) }), { minLength: 1 }),
        (pairs) => {
          const golds = [...new Set(pairs.map((pair) => pair.gold))];
          const scores = golds.map((own) => {
            const right = pairs.filter((pair) => pair.gold === own && pair.given === own).length;
            const precision = right / Math.max(1, pairs.filter((pair) => pair.given === own).length);
            const recall = right / pairs.filter((pair) => pair.gold === own).length;
            return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
          });
          expect(macroF1(pairs)).toBeCloseTo(
            scores.reduce((sum, score) => sum + score, 0) / golds.length,
            12,
          );
        },
      ),
    );
  });
});

describe('withGradeCache', () => {
  const counting = (kind: 'scored' | 'unscored') => {
    let calls = 0;
    const inner: Grader = {
      name: 'counting',
      revision: '1',
      grade: async () => {
        calls++;
        return kind === 'scored' ? { kind, value: calls / 100 } : { kind, reason: 'down' };
      },
    };
    return { inner, calls: () => calls };
  };
  const request = (answer: string, extra = {}) => ({
    answer,
    instance: { id: 'a', input: '' },
    question: 'q',
    ...extra,
  });

  it('asks once for equal answers, and again for other ones, options or instances', async () => {
    const { inner, calls } = counting('scored');
    const cached = withGradeCache(inner);
    const first = await cached.grade(request('x'));
    expect(await cached.grade(request('x', { repeat: 3, question: 'other' }))).toEqual(first);
    expect(calls()).toBe(1);
    await cached.grade(request('y'));
    await cached.grade(request('x', { overrides: { scoring: 'strict' } }));
    await cached.grade(request('x', { instance: { id: 'b', input: '' } }));
    expect(calls()).toBe(4);
  });
  it('forgets the least recently used, and never keeps unscored ones', async () => {
    const { inner, calls } = counting('scored');
    const cached = withGradeCache(inner);
    const most = 10_000;
    for (let index = 0; index < most; index++) await cached.grade(request(`${index}`));
    for (const answer of ['0', 'another', '0']) await cached.grade(request(answer));
    expect(calls()).toBe(most + 1);
    await cached.grade(request('1'));
    expect(calls()).toBe(most + 2);
    const down = counting('unscored');
    const again = withGradeCache(down.inner);
    await again.grade(request('x'));
    await again.grade(request('x'));
    expect(down.calls()).toBe(2);
  });
});

describe('what a grader says of itself', () => {
  it.each(graderKinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
    if (kind.needsGold({ name })) expect(kind.gold).toBeDefined();
    if (kind.scores === undefined) expect(kind.runsTaskCode).toBe(true);
    // Whoever may not run the task's programs must be able to tell.
    expect(kind.runsTaskCode === true).toBe(['executable', 'module'].includes(name));
  });
});
