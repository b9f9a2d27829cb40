import type { GraderSpec } from '../../domain/task.ts';
import { graderKind } from '../../grading/registry.ts';
import type { PointScale } from '../../report/front-columns.ts';
import type { Manifest } from '../../run/types.ts';
import type { CliContext } from '../context.ts';
import { provenanceOfRun } from './configs/own-runs.ts';
import { findTaskOfRun } from './tasks/tasks.ts';

export function scaleOf(spec: GraderSpec): PointScale | undefined {
  const max = graderKind(spec.name)?.points;
  return max === undefined ? undefined : { max };
}

/** The scale of a run's task; none where the task is no longer to be found, which only costs a column. */
export async function pointScale(context: CliContext, manifest: Manifest): Promise<PointScale | undefined> {
  const opened = await findTaskOfRun(context, manifest.task, provenanceOfRun(manifest.run, manifest));
  return opened === undefined ? undefined : scaleOf(opened.task.grader);
}
