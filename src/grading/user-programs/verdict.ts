import { z } from 'zod';
import { defined } from '../../core/defined.ts';
import { checkSchema, type Grade, graderFailed, gradeSchema, scored, unscored } from '../../domain/grade.ts';

const extras = {
  feedback: z.string().optional(),
  checks: z.array(checkSchema.partial({ points: true, max: true, note: true })).optional(),
};
const loose = z.union([
  gradeSchema,
  z.object({ unscored: z.string() }),
  z.object({ value: z.number().min(0).max(1), ...extras }),
  z.object({ points: z.number().min(0), max: z.number().positive(), ...extras }),
  z.number().min(0).max(1),
  z.boolean(),
]);

/**
 * What a user's grader hands back: 0 to 1; true or false; a value or points, with feedback for the writers of prompts;
 * why the answer cannot be judged; or a whole grade.
 */
export type UserVerdict = z.input<typeof loose>;

/** The forms that may hold more, such as an id. */
export const verdictObjects = '{"value": 0..1}, {"points", "max"} or {"unscored": "reason"}';

export const verdictForm = `0 to 1, true, false, ${verdictObjects}`;

/** A grade from what a user's grader handed back; unscored, saying what was found, when it is none. */
export function gradeFrom(verdict: unknown, who: string): Grade {
  const parsed = loose.safeParse(verdict);
  if (!parsed.success) {
    return graderFailed(`${who} gave ${found(verdict)}, expected ${verdictForm}`);
  }
  const { data } = parsed;
  if (typeof data === 'number' || typeof data === 'boolean') return scored(Number(data));
  if ('kind' in data) return data;
  if ('unscored' in data) return unscored(data.unscored);
  if ('points' in data && data.points > data.max) {
    return graderFailed(`${who} gave ${data.points} points of at most ${data.max}`);
  }
  const { feedback, checks } = data;
  return {
    kind: 'scored',
    ...('points' in data
      ? { value: data.points / data.max, points: data.points, max: data.max }
      : { value: data.value }),
    ...defined({
      checks: checks?.map((check) => ({ points: check.passed ? 1 : 0, max: 1, note: '', ...defined(check) })),
      feedback: feedback?.slice(0, 4_000),
    }),
  };
}

function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  try {
    // JSON has no word for these, and would say null.
    const text = JSON.stringify(value, (_, each) => (typeof each === 'number' ? finite(each) : each));
    return (text ?? typeof value).slice(0, 200);
  } catch {
    return `a ${typeof value} that is no JSON`;
  }
}

const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
