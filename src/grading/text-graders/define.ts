import { z } from 'zod';
import type { InputError } from '../../core/errors.ts';
import type { Result } from '../../core/result.ts';
import type { Grade, ScoredGrade } from '../../domain/grade.ts';
import type { GraderSpec, Instance } from '../../domain/task.ts';
import type { Grader, GraderDependencies } from '../grader.ts';

/** How a grader is found by name and built from its options. */
export interface GraderKind {
  readonly name: string;
  /** Whether instances must have a gold answer for this grader. */
  needsGold(spec: GraderSpec): boolean;
  /** True where it runs programs of the task's folder as this user. */
  readonly runsTaskCode?: true;
  create(spec: GraderSpec, dependencies: GraderDependencies, source: string): Result<Grader, InputError>;
}

export type Aggregate = NonNullable<Grader['aggregate']>;

/** Which counts when an answer states its result several times. */
export const statementOption = z.enum(['last', 'first']).default('last');

/** A verdict with what was wrong when it is not full marks. */
export function scored(value: number, feedback?: string): ScoredGrade {
  return { kind: 'scored', value, ...(feedback === undefined ? {} : { feedback }) };
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
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}…` : line);
}
