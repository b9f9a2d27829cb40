import { InputError } from '../core/errors.ts';
import { err, type Result } from '../core/result.ts';
import { unknownName } from '../core/unknown-name.ts';
import type { GraderSpec } from '../domain/task.ts';
import type { Grader, GraderDependencies } from './grader.ts';
import type { GraderKind, JudgingModel } from './grader-kind.ts';
import { graderKind, graderKinds } from './registry.ts';

/** The names that a task may give for its grader. */
export const graderNames: readonly string[] = graderKinds.map((kind) => kind.name);

/**
 * The grader that a task names, with the options it gives.
 * @param source what holds the spec, for errors: the task file's path.
 *
 * @example
 * import { createGrader, createPythonSandbox, unwrap } from 'mixtune';
 *
 * const python = await createPythonSandbox();
 * const grader = unwrap(createGrader({ name: 'numeric' }, { python, taskFolder: '.' }));
 * const grade = await grader.grade({
 *   question: 'What is 6 times 7?',
 *   answer: 'The answer is 42.',
 *   instance: { id: 'a', input: 'What is 6 times 7?', gold: 42 },
 * });
 * await python.close();
 * if (grade.kind !== 'scored' || grade.value !== 1) throw new Error('expected full marks');
 */
export function createGrader(
  spec: GraderSpec,
  dependencies: GraderDependencies,
  source = 'task.yaml',
): Result<Grader, InputError> {
  const kind = graderKind(spec.name);
  return kind === undefined ? err(unknownGrader(spec.name, source)) : kind.create(spec, dependencies, source);
}

/** Whether every instance of a task with this grader must have a gold answer; false for unknown graders. */
export function graderNeedsGold(spec: GraderSpec): boolean {
  return graderKind(spec.name)?.needsGold(spec) ?? false;
}

/** Whether a task with this grader brings programs that run as this user, with all that the user may do. */
export function graderRunsTaskCode(spec: GraderSpec): boolean {
  return graderKind(spec.name)?.runsTaskCode ?? false;
}

/** The model that a grader asks; `undefined` for graders that ask none. */
export function judgeOf({ grader }: { readonly grader: GraderSpec }): JudgingModel | undefined {
  return graderKind(grader.name)?.judge?.(grader);
}

/** What task.yaml has for a grader that is a function of the program that tunes. */
export const functionGrader = 'own';

/** See {@link GraderKind.learned}; `null` for unknown graders. */
export function learnedOf({ grader }: { readonly grader: GraderSpec }): GraderKind['learned'] {
  // What a function takes is most often the gold answer, if there is one.
  return grader.name === functionGrader ? 'short' : (graderKind(grader.name)?.learned ?? null);
}

function unknownGrader(name: string, source: string): InputError {
  if (name === functionGrader) {
    const found = `"${name}", a function of the program that tuned; there readLock, loadTask and reproduce measure again (docs/library.md)`;
    return new InputError(source, { path: 'grader.name', found, expected: 'a grader that has a name' });
  }
  return unknownName(source, `one of ${graderNames.join(', ')}`, name, graderNames, { path: 'grader.name' });
}
