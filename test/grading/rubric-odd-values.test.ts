import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { createUserMetricsGrader, userMetricsOptions } from '../../src/grading/user-metrics-120/index.ts';
import { createSystemPython, hasSystemPython } from '../support/system-python.ts';

const oracle = new URL('../fixtures/rubric-oracle/rubric.py', import.meta.url);

/** Values a function may return whatever it is given. */
const results = [
  'None',
  'True',
  'False',
  '0',
  '1',
  '-7',
  '2.95',
  'float("nan")',
  '""',
  '"posts"',
  'b"ab"',
  '[]',
  '[1]',
  '()',
  '(1, 2)',
  'set()',
  'frozenset([1])',
  '{}',
  '{1: 2}',
  'object()',
  'len',
  'range(5)',
  'iter([])',
  '(x for x in [])',
  'collections.OrderedDict(active_count=0)',
  'collections.defaultdict(list)',
  'collections.Counter()',
  'type("D", (dict,), {})(active_count=0, average_engagement=2.95)',
  'type("D", (dict,), {"get": lambda self, *a: 0})(active_count=0)',
  'type("L", (list,), {})()',
  'type("S", (str,), {})("x")',
];
const counts = [
  '0',
  '1',
  'False',
  'True',
  '0.0',
  '-0.0',
  '1e-300',
  '"0"',
  'None',
  '[]',
  'float("nan")',
  '10**30',
  'object()',
  'type("I", (int,), {"__eq__": lambda s, o: True, "__hash__": int.__hash__})(0)',
];
const averages = [
  '0',
  '2.95',
  '2.941',
  '2.9401',
  '2.9599',
  '2.961',
  '14.75',
  '14.741',
  '14.77',
  '14',
  '3',
  'True',
  'False',
  'None',
  '"2.95"',
  '[]',
  '{}',
  '()',
  'float("nan")',
  'float("inf")',
  'float("-inf")',
  '10**400',
  '-10**400',
  '10**300',
  '0.0',
  '-0.0',
  'len',
  'object()',
  '__import__("decimal").Decimal("2.95")',
  'type("F", (float,), {})(2.95)',
];
const performers = [
  '[]',
  'None',
  '0',
  '5',
  'True',
  '""',
  '"ab"',
  '"abcde"',
  '()',
  '({"posts": 10},)',
  '[{"posts": 10}]',
  '[{"posts": 10.0}]',
  '[{"posts": "10"}]',
  '[{"posts": None}]',
  '[{}]',
  '[{"posts": 1}, {"posts": 10}]',
  '[{"posts": 10}, {"posts": 10}]',
  '[None]',
  '[1, 2]',
  '[(10, 1)]',
  '[[10]]',
  '{"posts": 10}',
  '{0: {"posts": 10}}',
  '{0: {"posts": 1}, -1: {"posts": 10}}',
  '{True: {}, False: {"posts": 10}}',
  'range(2)',
  'iter([{"posts": 10}])',
  '({"posts": 10} for _ in range(2))',
  'map(str, [1])',
  '{1, 2}',
  'frozenset("abcde")',
  'object()',
  'float("nan")',
  '[{"posts": n} for n in (99, 98, 97, 96, 95)]',
  '[{"posts": float(n)} for n in (99, 98, 97, 96, 95)]',
  '[{"posts": n} for n in (95, 96, 97, 98, 99)]',
  '[{"posts": n} for n in (99, 99, 97, 96, 95)]',
  '[{"posts": n} for n in (99, 1, True, 2, 3)]',
  '[{"posts": n} for n in (99, 1, 2, 3, 4)]',
  '[{"posts": n} for n in (1, 2, 3, 4, 5)]',
  '[{"posts": 99}] + [{"posts": [n]} for n in range(4)]',
  '[{"posts": 1}] + [{"posts": [n]} for n in range(4)]',
  '[{"posts": 99}] + [{"posts": (n, [])} for n in range(4)]',
  '[{"posts": 99}] + [{"posts": (n,)} for n in range(4)]',
  '[{"posts": 99}, {"posts": None}, {}, {"posts": ""}, {"posts": 0.0}]',
  '[{"posts": 99}] + [{"posts": float("nan")} for _ in range(4)]',
  '[{"posts": 99}, {}, {}, {}, {}]',
  '[{"posts": n} for n in range(6)]',
  '[{"posts": 99}, None, None, None, None]',
  'tuple({"posts": n} for n in (99, 98, 97, 96, 95))',
  '[type("D", (dict,), {})(posts=n) for n in (99, 98, 97, 96, 95)]',
  'type("L", (list,), {"__len__": list.__len__})({"posts": n} for n in (99, 98, 97, 96, 95))',
];
/** What a function may do to its input before it returns a constant. */
const mutations = [
  'pass',
  'users.clear()',
  'users.append(1)',
  'users[0] = 1',
  'users[0] = None',
  'users[0] = dict(users[0])',
  'users.reverse()',
  'users[0].clear()',
  'users[0]["posts"] = 10.0',
  'users[0]["posts"] = "10"',
  'users[0]["engagement_score"] = 1',
  'users[0].pop("likes")',
  'users[0]["likes"] = users[0].pop("likes", 0)',
  'users[0] = list(users[0].items())',
  'users[0] = collections.OrderedDict(users[0])',
  'users[0]["likes"] = True',
  'users.insert(0, {})',
  'del users[:]',
  'users[0]["posts"] = float("nan")',
  'users += users',
];

const sound = { average: '0', count: '0', performers: '[]' };
const resultOf = (parts: Partial<typeof sound>): string => {
  const { average, count, performers: top } = { ...sound, ...parts };
  return `{"average_engagement": ${average}, "active_count": ${count}, "top_performers": ${top}}`;
};
const program = (body: string): string =>
  `import collections\n\n\ndef calculate_user_metrics(users, start_date, end_date):\n${body}\n`;
const returning = (expression: string) => ({
  name: `return ${expression}`,
  source: program(`    return ${expression}`),
});

const programs = [
  ...results.map(returning),
  ...counts.map((count) => returning(resultOf({ count }))),
  ...averages.map((average) => returning(resultOf({ average }))),
  ...performers.map((top) => returning(resultOf({ performers: top }))),
  ...['average_engagement', 'active_count', 'top_performers', '1', 'None'].map((key) =>
    returning(`{${JSON.stringify(key)}: 0}`),
  ),
  ...mutations.map((mutation) => ({
    name: mutation,
    source: program(`    if users:\n        ${mutation}\n    return ${resultOf({})}`),
  })),
];
/** On purpose not as in Python: overridden methods cannot argue, and a range is an object without a length. */
const seenDifferently = new Set(
  programs
    .filter(
      ({ name }) =>
        name.includes('"get": lambda') ||
        name.includes('__eq__') ||
        /return [^{]*range\(|": range\(/.test(name),
    )
    .map(({ name }) => name),
);

describe.skipIf(!hasSystemPython)('odd returned values (needs python3)', () => {
  const python = createSystemPython();
  const grader = createUserMetricsGrader(userMetricsOptions.parse({ name: 'user-metrics-120' }), python);
  afterAll(() => python.close());
  const run = spawnSync('python3', [oracle.pathname], { input: JSON.stringify(programs), encoding: 'utf8' });
  const byOracle = (hasSystemPython ? JSON.parse(run.stdout) : {}) as Record<string, Record<string, number>>;

  it.each(programs.filter(({ name }) => !seenDifferently.has(name)))('$name', async ({ name, source }) => {
    const grade = await grader.grade({ answer: source, instance: { id: 'x', input: '' }, question: '' });
    if (grade.kind === 'unscored') throw new Error(grade.reason);
    const points = Object.fromEntries((grade.checks ?? []).map((check) => [check.name, check.points]));
    expect(points).toEqual(byOracle[name]);
  });

  it('lets no method of a returned object argue', async () => {
    const answer = program(
      [
        '    class Any(int):',
        '        __eq__ = lambda self, other: True',
        '        __hash__ = int.__hash__',
        '        __sub__ = __rsub__ = lambda self, other: 0',
        '    class Result(dict):',
        '        def get(self, key, default=None):',
        '            return Any(7)',
        '    return Result(average_engagement=Any(7), active_count=Any(7), top_performers=[])',
      ].join('\n'),
    );
    const grade = await grader.grade({ answer, instance: { id: 'x', input: '' }, question: '' });
    // As for a plain dict with 7 and 7: only the checks that any dict passes.
    expect(grade).toMatchObject({ points: 20 + 5 + 15 + 5 + 0 + 5 + 8 + 0 + 3 + 7 + 2 });
  });
});
