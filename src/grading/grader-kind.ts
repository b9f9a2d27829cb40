import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Grade } from '../domain/grade.ts';
import type { GraderSpec, Instance } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import type { GoldForm } from './gold-form.ts';
import type { Grader, GraderDependencies } from './grader.ts';

/** All that mixtune knows of a grader beside how it judges; what wants to know it reads it here. */
export interface GraderKind {
  readonly name: string;
  /** Whether instances must have a gold answer for this grader. */
  needsGold(spec: GraderSpec): boolean;
  /** How gold answers look; absent where it takes any, or none. */
  readonly gold?: GoldForm;
  /** Whether scores are all 0 or 1 or shares of full marks; absent: that depends on the task. */
  readonly scores?: 'pass-or-fail' | 'shares';
  /** Full marks in points, where it gives points. */
  readonly points?: number;
  /** True where it needs nothing but the answer's text and the gold: no program, no model. */
  readonly judgesText?: true;
  /** The model that it asks; absent: none that mixtune knows of. */
  judge?(spec: GraderSpec): JudgingModel | undefined;
  /** True where it runs programs of the task's folder as this user. */
  readonly runsTaskCode?: true;
  create(spec: GraderSpec, dependencies: GraderDependencies, source: string): Result<Grader, InputError>;
}

/** A judge's part of a task's grader. */
export interface JudgingModel {
  readonly model: string;
  /** Of one verdict. */
  readonly maxTokens: number;
}

interface TextGraderParts<Options> extends Pick<GraderKind, 'gold' | 'scores'> {
  readonly options: z.ZodType<Options>;
  judge(answer: string, instance: Instance, options: Options): Grade;
  aggregate?(options: Options): NonNullable<Grader['aggregate']>;
  needsGold?(spec: GraderSpec): boolean;
  /** What is wrong with options that have the right types. */
  fault?(options: Options): { readonly path: string; readonly problem: string } | undefined;
}

/** A grader that judges an answer by its text alone. */
export function textGrader<Options extends { readonly name: string }>(
  name: Options['name'],
  parts: TextGraderParts<Options>,
): GraderKind {
  const { gold, scores } = parts;
  return {
    name,
    needsGold: parts.needsGold ?? (() => true),
    ...defined({ gold, scores }),
    judgesText: true,
    create: (spec, _dependencies, source) => {
      const parsed = parseOptions(parts.options, spec, source);
      if (!parsed.ok) return parsed;
      const fault = parts.fault?.(parsed.value);
      if (fault !== undefined) {
        const expected = fault.problem;
        return err(new InputError(source, { path: `grader.${fault.path}`, expected }));
      }
      return ok(buildTextGrader(parts, parsed.value));
    },
  };
}

function buildTextGrader<Options extends { readonly name: string }>(
  parts: TextGraderParts<Options>,
  options: Options,
): Grader {
  const aggregate = parts.aggregate?.(options);
  return {
    name: options.name,
    revision: `${options.name}/2 ${JSON.stringify(options)}`,
    grade: async ({ answer, instance, overrides }) => {
      if (overrides === undefined) return parts.judge(answer, instance, options);
      const merged = parts.options.safeParse({ ...options, ...overrides });
      if (merged.success) return parts.judge(answer, instance, merged.data);
      return { kind: 'unscored', reason: `grader options: ${z.prettifyError(merged.error)}` };
    },
    ...defined({ aggregate }),
  };
}

/** Options of a grader, faults told with their place in the task file. */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  spec: GraderSpec,
  source: string,
): Result<z.output<Schema>, InputError> {
  const parsed = parseWith(schema, spec, source);
  if (parsed.ok) return parsed;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, path: `grader.${issue.path}` }));
  return err(new InputError(source, issues));
}
