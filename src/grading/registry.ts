import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Grade } from '../domain/grade.ts';
import type { GraderSpec, Instance } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import { codeTestsOptions, createCodeTestsGrader } from './code-tests/index.ts';
import type { Grader } from './grader.ts';
import { createJudgeGrader, judgeOptions } from './judge/index.ts';
import { classificationOptions, createMacroF1, gradeClassification } from './text-graders/classification.ts';
import type { Aggregate, GraderKind } from './text-graders/define.ts';
import { compileSchema, createJsonSchemaJudge, jsonSchemaOptions } from './text-graders/json-schema.ts';
import * as plain from './text-graders/plain.ts';
import { extractionOptions, gradeExtraction, microF1 } from './text-graders/slots.ts';
import { gradeSummary, summaryOptions } from './text-graders/summary.ts';
import { createUserMetricsGrader, userMetricsOptions } from './user-metrics-120/index.ts';
import { createExecutableGrader, executableOptions } from './user-programs/executable.ts';
import { createModuleGrader, moduleOptions } from './user-programs/module.ts';

interface TextGraderParts<Options> {
  readonly options: z.ZodType<Options>;
  judge(answer: string, instance: Instance, options: Options): Grade;
  aggregate?(options: Options): Aggregate;
  needsGold?(spec: GraderSpec): boolean;
  /** What is wrong with options that have the right types. */
  fault?(options: Options): { readonly path: string; readonly problem: string } | undefined;
}

/** A grader that judges an answer by its text alone. */
function textGrader<Options extends { readonly name: string }>(
  name: string,
  parts: TextGraderParts<Options>,
): GraderKind {
  return {
    name,
    needsGold: parts.needsGold ?? (() => true),
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
    ...(aggregate === undefined ? {} : { aggregate }),
  };
}

const regexAnchor = 'a regular expression in RE2 syntax';

/** Every grader that a task may name. */
export const graderKinds: readonly GraderKind[] = [
  {
    name: 'user-metrics-120',
    needsGold: () => false,
    create: (spec, dependencies, source) => {
      const parsed = parseOptions(userMetricsOptions, spec, source);
      return parsed.ok ? ok(createUserMetricsGrader(parsed.value, dependencies.python)) : parsed;
    },
  },
  textGrader('exact', { options: plain.exactOptions, judge: plain.gradeExact }),
  textGrader('choice', { options: plain.choiceOptions, judge: plain.gradeChoice }),
  textGrader('numeric', { options: plain.numericOptions, judge: plain.gradeNumeric }),
  textGrader('contains', { options: plain.containsOptions, judge: plain.gradeContains }),
  textGrader('regex', {
    options: plain.regexOptions,
    judge: plain.gradeRegex,
    needsGold: (spec) => spec.pattern === undefined,
    fault: ({ pattern, flags }) => {
      const compiled = pattern === undefined ? undefined : plain.compileRegex(pattern, flags);
      if (compiled === undefined || 'value' in compiled) return undefined;
      return { path: 'pattern', problem: `${regexAnchor} (${compiled.problem})` };
    },
  }),
  textGrader('json-schema', {
    options: jsonSchemaOptions,
    judge: createJsonSchemaJudge(),
    needsGold: (spec) => spec.schema === undefined,
    fault: ({ schema }) => {
      const compiled = schema === undefined ? undefined : compileSchema(schema);
      if (compiled === undefined || 'value' in compiled) return undefined;
      return { path: 'schema', problem: `a JSON Schema (${compiled.problem})` };
    },
  }),
  textGrader('classification', {
    options: classificationOptions,
    judge: gradeClassification,
    aggregate: createMacroF1,
  }),
  textGrader('extraction', { options: extractionOptions, judge: gradeExtraction, aggregate: () => microF1 }),
  textGrader('summary', { options: summaryOptions, judge: gradeSummary }),
  {
    name: 'code-tests',
    needsGold: () => true,
    create: (spec, dependencies, source) => {
      const parsed = parseOptions(codeTestsOptions, spec, source);
      return parsed.ok ? ok(createCodeTestsGrader(parsed.value, dependencies.python)) : parsed;
    },
  },
  {
    name: 'judge',
    needsGold: () => true,
    create: (spec, dependencies, source) => {
      const parsed = parseOptions(judgeOptions, spec, source);
      return parsed.ok ? ok(createJudgeGrader(parsed.value, dependencies.model)) : parsed;
    },
  },
  {
    name: 'executable',
    needsGold: () => false,
    runsTaskCode: true,
    create: (spec, dependencies, source) => {
      const parsed = parseOptions(executableOptions, spec, source);
      return parsed.ok ? createExecutableGrader(parsed.value, dependencies.taskFolder, source) : parsed;
    },
  },
  {
    name: 'module',
    needsGold: () => false,
    runsTaskCode: true,
    create: (spec, dependencies, source) => {
      const parsed = parseOptions(moduleOptions, spec, source);
      return parsed.ok ? createModuleGrader(parsed.value, dependencies.taskFolder, source) : parsed;
    },
  },
];

/** Options of a grader, faults told with their place in the task file. */
function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  spec: GraderSpec,
  source: string,
): Result<z.output<Schema>, InputError> {
  const parsed = parseWith(schema, spec, source);
  if (parsed.ok) return parsed;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, path: `grader.${issue.path}` }));
  return err(new InputError(source, issues));
}
