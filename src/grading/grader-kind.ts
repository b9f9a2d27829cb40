import type { z } from 'zod';
import { defined } from '../core/defined.ts';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type Grade, unscored } from '../domain/grade.ts';
import type { GraderSpec, Instance } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import type { GoldForm } from './gold-form.ts';
import type { Aggregate, Grader, GraderDependencies } from './grader.ts';
import { goldAs, type ValueOrProblem, withOverrides } from './text-graders/define.ts';

/** All that mixtune knows of a grader beside how it judges; what wants to know it reads it here. */
export interface GraderKind {
  readonly name: string;
  /** Whether instances must have a gold answer for this grader. */
  needsGold(spec: GraderSpec): boolean;
  /** How gold answers look; absent where it takes any, or none. */
  readonly gold?: GoldForm;
  /** Whether scores are all 0 or 1 or shares of full marks; absent: its program alone knows. */
  scores?(spec: GraderSpec, golds: readonly unknown[]): Scores;
  /**
   * How simulated models come to know right answers: from gold answers or references, as answers of a kind, or of the
   * code challenge without them. `null`: they cannot, and guess.
   */
  readonly learned: LearnedKind | 'challenge' | null;
  /** True where an answer is compared whole with the gold: models are asked for it alone, and write little else. */
  readonly comparesWhole?: true;
  /** Full marks in points, where it gives points. */
  readonly points?: number;
  /** True where it needs nothing but the answer's text and the gold: no program, no model. */
  readonly judgesText?: true;
  /** The model that it asks; absent: none that mixtune knows of. */
  judge?(spec: GraderSpec): JudgingModel | undefined;
  /** It with the options that it cannot be without, as in task.yaml; absent: its name alone will do. */
  readonly example?: string;
  /** True where it runs programs of the task's folder as this user. */
  readonly runsTaskCode?: true;
  create(spec: GraderSpec, dependencies: GraderDependencies, source: string): Result<Grader, InputError>;
}

/** Kinds of answer that simulated models learn from gold answers. */
export type LearnedKind = 'number' | 'label' | 'short' | 'slots' | 'summary' | 'repair' | 'essay';

type Scores = 'pass-or-fail' | 'shares';

/** A judge's part of a task's grader. */
export interface JudgingModel {
  readonly model: string;
  /** Of one verdict. */
  readonly maxTokens: number;
  /** Verdicts that it is asked for on one answer. */
  readonly calls: number;
}

interface TextGraderParts<Options, Gold> extends Pick<GraderKind, 'comparesWhole' | 'gold' | 'learned'> {
  /** See {@link GraderKind.scores}; a function where options or golds decide. */
  readonly scores: Scores | ((spec: GraderSpec, golds: readonly unknown[]) => Scores);
  readonly options: z.ZodType<Options>;
  /** What a gold answer has to be. */
  readonly golds: z.ZodType<Gold>;
  /** The option that stands for the instances' gold answers where it is given. */
  readonly inPlaceOfGold?: keyof Options & string;
  judge(answer: string, gold: Gold, options: Options, instance: Instance): Grade;
  /** See {@link Grader.aggregate}; without the pairs that are unscored. */
  readonly aggregate?: {
    readonly name: string;
    of(graded: readonly { readonly answer: string; readonly gold: Gold }[], options: Options): number | null;
  };
  /** What is wrong with options that have the right types. */
  fault?(options: Options): { readonly path: string; readonly problem: string } | undefined;
}

/** A grader that judges an answer by its text alone. */
export function textGrader<Options extends { readonly name: string }, Gold>(
  name: Options['name'],
  parts: TextGraderParts<Options, Gold>,
): GraderKind {
  const { comparesWhole, gold, learned, scores, inPlaceOfGold } = parts;
  return {
    name,
    needsGold: (spec) => inPlaceOfGold === undefined || spec[inPlaceOfGold] === undefined,
    ...defined({ comparesWhole, gold }),
    learned,
    scores: typeof scores === 'function' ? scores : () => scores,
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

function buildTextGrader<Options extends { readonly name: string }, Gold>(
  { golds, inPlaceOfGold, ...parts }: TextGraderParts<Options, Gold>,
  options: Options,
): Grader {
  const goldOf = (instance: Instance, own: Options): ValueOrProblem<Gold> => {
    const given = inPlaceOfGold === undefined ? undefined : own[inPlaceOfGold];
    return given === undefined ? goldAs(instance, golds) : { value: golds.parse(given) };
  };
  const { aggregate } = parts;
  const overAll: Aggregate['of'] = (graded) => {
    const pairs = graded.flatMap(({ instance, answer, grade }) => {
      const gold = goldOf(instance, options);
      return grade.kind === 'unscored' || 'problem' in gold ? [] : [{ answer, gold: gold.value }];
    });
    return aggregate?.of(pairs, options) ?? null;
  };
  return {
    name: options.name,
    revision: `${options.name}/2 ${JSON.stringify(options)}`,
    grade: async ({ answer, instance, overrides }) => {
      const own = withOverrides(parts.options, options, overrides);
      if ('problem' in own) return unscored(own.problem);
      const gold = goldOf(instance, own.value);
      if ('problem' in gold) return unscored(gold.problem);
      return parts.judge(answer, gold.value, own.value, instance);
    },
    ...(aggregate === undefined ? {} : { aggregate: { name: aggregate.name, of: overAll } }),
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
