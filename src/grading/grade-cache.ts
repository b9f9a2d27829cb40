import { canonicalJson, sha256 } from '../core/canonical-json.ts';
import type { Grade } from '../domain/grade.ts';
import { gradedBy } from './graded-by.ts';
import type { GradeRequest, Grader } from './grader.ts';

/** Verdicts kept; the least recently used goes first. */
const mostVerdicts = 10_000;

/**
 * A grader that remembers its verdicts in memory: while tuning equal answers recur. Unscored verdicts
 * are not kept, since what failed may work the next time. A judge is handed back as it is: its calls are
 * kept by the run, and a verdict without calls would be missing from the run's journal.
 */
export function withGradeCache(grader: Grader): Grader {
  if (grader.callsModels === true) return grader;
  const verdicts = new Map<string, Grade>();
  return gradedBy(grader, async (request) => {
    const key = keyOf(grader.revision, request);
    const known = verdicts.get(key);
    if (known !== undefined) {
      verdicts.delete(key);
      verdicts.set(key, known);
      return known;
    }
    const grade = await grader.grade(request);
    if (grade.kind === 'scored') {
      verdicts.set(key, grade);
      if (verdicts.size > mostVerdicts) verdicts.delete(verdicts.keys().next().value ?? '');
    }
    return grade;
  });
}

function keyOf(revision: string, { answer, instance, overrides = {} }: GradeRequest): string {
  return sha256([revision, canonicalJson(instance), overrides, sha256(answer)]);
}
