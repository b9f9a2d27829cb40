import { defined } from '../core/defined.ts';
import type { Grader } from './grader.ts';

/** A grader as it is but for how it comes to its grades. */
export function gradedBy(grader: Grader, grade: Grader['grade']): Grader {
  return {
    ...{ name: grader.name, revision: grader.revision, grade },
    ...defined({
      callsModels: grader.callsModels,
      sandbox: grader.sandbox,
      aggregate: grader.aggregate,
      oddity: grader.oddity?.bind(grader),
      close: grader.close?.bind(grader),
    }),
  };
}
