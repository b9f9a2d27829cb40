import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createUserMetricsGrader, userMetricsOptions } from '../../src/grading/user-metrics-120/index.ts';
import { checkNames, maxPoints } from '../../src/grading/user-metrics-120/rubric.ts';
import { createTwins } from '../../src/grading/user-metrics-120/strict.ts';
import { createSystemPython, hasSystemPython } from '../support/system-python.ts';
import { sampled, thorough } from '../support/thorough.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/code-challenge/${name}`, import.meta.url), 'utf8');
const right = fixture('right.py');
const instance = { id: 'x', input: '' };

describe('twins', () => {
  it('has at least five for each of the eleven checks, and 120 points', () => {
    const twins = createTwins(1);
    expect([...twins.keys()].sort()).toEqual([...checkNames].sort());
    for (const own of twins.values()) expect(own.length).toBeGreaterThanOrEqual(5);
    expect([checkNames.length, maxPoints]).toEqual([11, 120]);
  });

  it('is a function of the seed', () => {
    const calls = (seed: number) =>
      JSON.stringify([...createTwins(seed).values()].flat().map((twin) => twin.calls));
    expect(calls(5)).toBe(calls(5));
    expect(calls(5)).not.toBe(calls(6));
  });
});

describe.skipIf(!hasSystemPython)('strict scoring (needs python3)', () => {
  const python = createSystemPython();
  afterAll(() => python.close());
  const strict = (answer: string, seed = 1) =>
    createUserMetricsGrader(
      userMetricsOptions.parse({ name: 'user-metrics-120', scoring: 'strict', seed }),
      python,
    ).grade({ answer, instance, question: '' });
  const lost = async (answer: string): Promise<string[]> => {
    const grade = await strict(answer);
    if (grade.kind === 'unscored') throw new Error(grade.reason);
    return (grade.checks ?? []).filter((check) => !check.passed).map((check) => check.name);
  };

  it.skipIf(!thorough)('gives a right program all 120 points, whatever the seed', async () => {
    for (let seed = 1; seed <= (thorough ? 12 : 2); seed++) {
      expect(await strict(right, seed)).toMatchObject({ kind: 'scored', points: 120, value: 1, letter: 'A' });
    }
  });

  const zeroDays = '        if days <= 0:\n            return 0.0\n';
  const accepted: readonly (readonly [string, string])[] = [
    ['counting zero days as one', right.replace(zeroDays, '        days = days if days > 0 else 1\n')],
    [
      'leaving users without days out',
      right.replace(
        '    for user in users or []:\n',
        '    for user in users or []:\n        if number(user.get("days_active")) <= 0:\n            continue\n',
      ),
    ],
    ['rounding the average', fixture('average-two-decimals.py')],
    [
      'rounding every engagement',
      right
        .replace('* 0.1) / days', '* 0.1) / days + 0')
        .replace('return (total', 'return round((total')
        .replace('/ days + 0', '/ days, 2)'),
    ],
    [
      'returning copies with more keys',
      right.replace(
        '"top_performers": top',
        '"top_performers": [{**user, "engagement": engagement(user)} for user in top]',
      ),
    ],
    [
      'comparing dates as dates',
      `from datetime import date\n\n${right.replaceAll('start_date <= str(user.get("last_login", "")) <= end_date', 'date.fromisoformat(start_date) <= date.fromisoformat(user["last_login"]) <= date.fromisoformat(end_date)')}`,
    ],
  ];
  it.each(sampled(accepted, 3))('accepts %s', async (_, program) => {
    expect(program).not.toBe(right);
    expect(await lost(program)).toEqual([]);
  });

  const dishonest: readonly string[] = [
    'constant-zero.py',
    'hard-coded.py',
    'returns-empty-dict.py',
    'returns-none.py',
    'always-raises.py',
    'performers-are-text.py',
    'average-nan.py',
  ];
  it.each(sampled(dishonest, 3))('gives %s less than under workshop scoring', async (file) => {
    const workshop = await createUserMetricsGrader(
      userMetricsOptions.parse({ name: 'user-metrics-120' }),
      python,
    ).grade({ answer: fixture(file), instance, question: '' });
    const grade = await strict(fixture(file));
    if (grade.kind === 'unscored' || workshop.kind === 'unscored') throw new Error('unscored');
    expect(grade.value).toBeLessThan(workshop.value);
    if (file !== 'average-nan.py') expect(grade.points).toBeLessThan(30);
  });

  const faulty: readonly (readonly [string, readonly string[]])[] = [
    ['bug-zero-days.py', ['handles_division_by_zero']],
    ['bug-missing-keys.py', ['handles_missing_keys']],
    [
      'bug-average-of-totals-over-all.py',
      ['handles_division_by_zero', 'handles_missing_keys', 'correct_average_calculation'],
    ],
    ['bug-average-over-all.py', ['correct_average_calculation']],
    ['bug-ascending.py', ['correct_sorting_direction', 'efficient_implementation']],
    ['bug-mutates.py', ['doesnt_mutate_input']],
    [
      'bug-crash-when-none-active.py',
      ['handles_empty_users_list', 'handles_no_active_users', 'handles_invalid_dates'],
    ],
    ['bug-none-for-empty.py', ['handles_empty_users_list']],
    ['dates-raise.py', ['handles_invalid_dates']],
    ['performers-shuffled.py', ['correct_sorting_direction', 'efficient_implementation']],
    ['input-emptied.py', ['doesnt_mutate_input']],
    ['robust-but-none.py', ['robust_error_handling']],
  ];
  it.each(sampled(faulty, 3))('%s loses what its bug touches', async (file, checks) => {
    expect(await lost(fixture(file))).toEqual(checks);
  });

  it('sorts out sorting by posts', async () => {
    const program = right.replace('key=engagement', 'key=lambda user: number(user.get("posts"))');
    expect(await lost(program)).toContain('correct_sorting_direction');
  });

  it('is asked for by an override too', async () => {
    const grader = createUserMetricsGrader(userMetricsOptions.parse({ name: 'user-metrics-120' }), python);
    const request = { answer: fixture('constant-zero.py'), instance, question: '' };
    expect(await grader.grade(request)).toMatchObject({ points: 87 });
    const grade = await grader.grade({ ...request, overrides: { scoring: 'strict' } });
    expect(grade).toMatchObject({ kind: 'scored', points: 0 });
    expect(await grader.grade({ ...request, overrides: { scoring: 'loose' } })).toMatchObject({
      kind: 'unscored',
    });
  });
});
