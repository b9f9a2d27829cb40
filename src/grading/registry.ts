import { codeTestsGrader } from './code-tests/index.ts';
import type { GraderKind } from './grader-kind.ts';
import { judgeGrader } from './judge/index.ts';
import { choiceGrader } from './text-graders/choice.ts';
import { classificationGrader } from './text-graders/classification.ts';
import { containsGrader } from './text-graders/contains.ts';
import { exactGrader } from './text-graders/exact.ts';
import { jsonSchemaGrader } from './text-graders/json-schema.ts';
import { numericGrader } from './text-graders/numeric.ts';
import { regexGrader } from './text-graders/regex.ts';
import { extractionGrader } from './text-graders/slots.ts';
import { summaryGrader } from './text-graders/summary.ts';
import { userMetricsGrader } from './user-metrics-120/index.ts';
import { executableGrader } from './user-programs/executable.ts';
import { moduleGrader } from './user-programs/module.ts';

/** Every grader that a task may name. */
export const graderKinds: readonly GraderKind[] = [
  userMetricsGrader,
  exactGrader,
  choiceGrader,
  numericGrader,
  containsGrader,
  regexGrader,
  jsonSchemaGrader,
  classificationGrader,
  extractionGrader,
  summaryGrader,
  codeTestsGrader,
  judgeGrader,
  executableGrader,
  moduleGrader,
];

/** The grader of a name; `undefined` where there is none. */
export function graderKind(name: string): GraderKind | undefined {
  return graderKinds.find((kind) => kind.name === name);
}
