import { expect, it } from 'vitest';
import { gradeSchema } from '../../src/domain/grade.ts';
import type { GraderSpec, Instance } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { graderKind } from '../../src/grading/registry.ts';
import { thorough } from '../support/thorough.ts';

export interface GraderCases {
  readonly spec: GraderSpec;
  readonly make: () => Grader;
  readonly instance: Instance;
  /** Full marks. */
  readonly right: readonly string[];
  /** Less than full marks. */
  readonly wrong: readonly string[];
  /** Without a gold answer nothing can be judged. */
  readonly needsGold: boolean;
}

const megabytes = thorough ? 20 : 1;
const hostile: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['NUL bytes', '\0\0answer\0'],
  ['half a surrogate', 'x\ud800y'],
  ['invalid UTF-8 as read', '\ufffd\ufffd'],
  ['deep brackets', '['.repeat(100_000)],
  ['deep JSON', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['prototype keys', '{"__proto__": {"x": 1}, "constructor": 1, "toString": "a"}'],
  [`${megabytes} MB`, 'answer 1 {" '.repeat(megabytes * 90_000)],
];

/** What every grader promises, whatever it judges by. */
export function graderConformance(cases: GraderCases): void {
  const { instance } = cases;
  const grader = cases.make();
  const grade = (answer: string, of: Instance = instance) =>
    grader.grade({ answer, instance: of, question: 'q' });

  it.each(cases.right.map((answer) => [answer.slice(0, 60), answer] as const))(
    'gives full marks to %j',
    async (_, answer) => {
      expect(await grade(answer)).toMatchObject({ kind: 'scored', value: 1 });
    },
  );

  it.each(cases.wrong.map((answer) => [answer.slice(0, 60), answer] as const))(
    'gives less to %j, and says why',
    async (_, answer) => {
      const verdict = gradeSchema.parse(await grade(answer));
      if (verdict.kind === 'unscored') throw new Error(verdict.reason);
      expect(verdict.value).toBeLessThan(1);
      expect(verdict.feedback).toMatch(/\S/);
      if (typeof instance.gold === 'string' && !answer.includes(instance.gold)) {
        expect(verdict.feedback).not.toContain(instance.gold);
      }
    },
  );

  it.each(hostile)('survives an answer of %s', async (_, answer) => {
    const verdict = gradeSchema.parse(await grade(answer));
    if (verdict.kind === 'scored') expect(verdict.value).toBeLessThan(1);
  });

  if (graderKind(cases.spec.name)?.scores?.(cases.spec, [instance.gold]) === 'pass-or-fail') {
    it('gives 0 or 1, as it says of itself', async () => {
      for (const answer of [...cases.right, ...cases.wrong, '']) {
        const verdict = await grade(answer);
        expect([0, 1], answer.slice(0, 60)).toContain(verdict.kind === 'scored' ? verdict.value : 0);
      }
    });
  }

  it('is deterministic, also across instances of the grader', async () => {
    const other = cases.make();
    expect(other.revision).toBe(grader.revision);
    for (const answer of [...cases.right, ...cases.wrong]) {
      expect(await other.grade({ answer, instance, question: 'q' })).toEqual(await grade(answer));
    }
  });

  it('tells unscored from wrong', async () => {
    const { gold: _, ...without } = instance;
    const verdict = await grade(cases.right[0] ?? '', without);
    expect(verdict.kind).toBe(cases.needsGold ? 'unscored' : 'scored');
    if (cases.needsGold)
      expect(await grade(cases.right[0] ?? '', { ...without, gold: { x: [{}] } })).toMatchObject({
        kind: 'unscored',
      });
  });

  it('aggregates to a score from 0 to 1, or null for nothing', async () => {
    if (grader.aggregate === undefined) return;
    expect(grader.aggregate.of([])).toBeNull();
    const pairs = await Promise.all(
      [...cases.right, ...cases.wrong].map(async (answer) => ({
        instance,
        answer,
        grade: await grade(answer),
      })),
    );
    const all = grader.aggregate.of(pairs) ?? Number.NaN;
    expect(all).toBeGreaterThan(0);
    expect(all).toBeLessThan(1);
    expect(grader.aggregate.of(pairs.slice(0, cases.right.length))).toBe(1);
  });
}
