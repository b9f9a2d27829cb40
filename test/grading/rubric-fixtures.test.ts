import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { extractPythonFunction } from '../../src/grading/extraction/python-function.ts';
import { createUserMetricsGrader, userMetricsOptions } from '../../src/grading/user-metrics-120/index.ts';
import { python } from '../support/python.ts';
import { createSystemPython, hasSystemPython } from '../support/system-python.ts';
import { sampled, thorough } from '../support/thorough.ts';

const folder = new URL('../fixtures/code-challenge/', import.meta.url);
const oracle = new URL('../fixtures/rubric-oracle/rubric.py', import.meta.url);

interface Expected {
  readonly points: number;
  /** Never ends for some input: not for the oracle, which has no time limit. */
  readonly hangs?: boolean;
}
const expected = Object.entries(JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'))) as [
  string,
  Expected,
][];
const answerOf = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const instance = { id: 'calculate-user-metrics', input: '' };
const options = userMetricsOptions.parse({ name: 'user-metrics-120', timeLimitMs: 3_000 });

describe('programs for the code challenge, in the sandbox', () => {
  const grader = createUserMetricsGrader(options, python);
  const played = thorough ? expected : sampled(expected, 6).filter(([name]) => !name.startsWith('hangs-'));
  it.each(played)('%s scores as the rubric says', { timeout: 60_000 }, async (file, { points }) => {
    const grade = await grader.grade({ answer: answerOf(file), instance, question: '' });
    expect(grade).toMatchObject({ kind: 'scored', points, max: 120, value: points / 120 });
    expect('timedOut' in grade).toBe(expected.some(([name, { hangs }]) => name === file && hangs === true));
  });
});

describe.skipIf(!hasSystemPython)('programs for the code challenge, in system Python (needs python3)', () => {
  const systemPython = createSystemPython();
  const grader = createUserMetricsGrader(options, systemPython);
  afterAll(() => systemPython.close());

  it.skipIf(!thorough)(
    'agree with the reference rubric in Python, check by check',
    { timeout: 60_000 },
    async () => {
      const programs = expected.flatMap(([name, { hangs }]) => {
        const source = hangs ? null : extractPythonFunction(answerOf(name), 'calculate_user_metrics');
        return source === null ? [] : [{ name, source }];
      });
      const run = spawnSync('python3', [oracle.pathname], {
        input: JSON.stringify(programs),
        encoding: 'utf8',
      });
      const byOracle = JSON.parse(run.stdout) as Record<string, Record<string, number>>;
      expect(programs.length).toBeGreaterThan(60);
      for (const { name, source } of programs) {
        const grade = await grader.grade({ answer: source, instance, question: '' });
        const checks = grade.kind === 'scored' ? (grade.checks ?? []) : [];
        expect({ name, ...Object.fromEntries(checks.map((check) => [check.name, check.points])) }).toEqual({
          name,
          ...byOracle[name],
        });
      }
    },
  );
});
