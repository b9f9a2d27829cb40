import { z } from 'zod';
import { oneLine } from '../../core/one-line.ts';
import { shortened } from '../../core/shortened.ts';
import type { Instance } from '../../domain/task.ts';

/** Which counts when an answer states its result several times. */
export const statementOption = z.enum(['last', 'first']).default('last');

/** One, or a list of them; a list either way. */
export function oneOrMore<Item>(item: z.ZodType<Item>): z.ZodType<Item[]> {
  return z.union([item.transform((one) => [one]), z.array(item).min(1)]);
}

export type ValueOrProblem<Value> = { readonly value: Value } | { readonly problem: string };

/** An instance's gold answer in the form a grader wants, or why there is none. */
export function goldAs<Value>(instance: Instance, schema: z.ZodType<Value>): ValueOrProblem<Value> {
  if (instance.gold === undefined) return { problem: `instance ${instance.id} has no gold answer` };
  const parsed = schema.safeParse(instance.gold);
  if (parsed.success) return { value: parsed.data };
  return {
    problem: `the gold answer of instance ${instance.id} is unusable: ${z.prettifyError(parsed.error)}`,
  };
}

/** A grader's options, with those that a request has of its own. */
export function withOverrides<Options>(
  schema: z.ZodType<Options>,
  options: Options,
  overrides: Readonly<Record<string, unknown>> | undefined,
): ValueOrProblem<Options> {
  if (overrides === undefined) return { value: options };
  const merged = schema.safeParse({ ...options, ...overrides });
  if (merged.success) return { value: merged.data };
  return { problem: `grader options: ${z.prettifyError(merged.error)}` };
}

/** A quoted piece of an answer, short enough for feedback. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(oneLine(text), 78));
}
