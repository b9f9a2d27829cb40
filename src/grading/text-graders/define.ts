import { z } from 'zod';
import { defined } from '../../core/defined.ts';
import { shortened } from '../../core/shortened.ts';
import type { Grade, ScoredGrade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';

/** Which counts when an answer states its result several times. */
export const statementOption = z.enum(['last', 'first']).default('last');

/** Gold: a text, or a list of texts. */
export const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]);

export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** A verdict with what was wrong when it is not full marks. */
export function scored(value: number, feedback?: string): ScoredGrade {
  return { kind: 'scored', value, ...defined({ feedback }) };
}

export function unscored(reason: string): Grade {
  return { kind: 'unscored', reason };
}

export type Gold<Value> = { readonly value: Value } | { readonly problem: string };

/** An instance's gold answer in the form a grader wants, or why there is none. */
export function goldAs<Value>(instance: Instance, schema: z.ZodType<Value>): Gold<Value> {
  if (instance.gold === undefined) return { problem: `instance ${instance.id} has no gold answer` };
  const parsed = schema.safeParse(instance.gold);
  if (parsed.success) return { value: parsed.data };
  return {
    problem: `the gold answer of instance ${instance.id} is unusable: ${z.prettifyError(parsed.error)}`,
  };
}

/** A quoted piece of an answer, short enough for feedback. */
export function quoted(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return JSON.stringify(shortened(line, 78));
}
