import type { GraderSpec } from '../../domain/task.ts';
import type { PointScale } from '../../report/view-model.ts';
import type { CliContext } from '../context.ts';
import { openTask } from './tasks.ts';

/** Full marks of graders that give points. */
const fullMarks: Readonly<Record<string, number>> = { 'user-metrics-120': 120 };

export function scaleOf(spec: GraderSpec): PointScale | undefined {
  const max = fullMarks[spec.name];
  return max === undefined ? undefined : { max };
}

/** The scale of a run's task; none where the task is no longer to be found, which only costs a column. */
export async function pointScale(
  context: CliContext,
  task: { readonly name: string; readonly folder?: string },
): Promise<PointScale | undefined> {
  const opened = await openTask(context, task.folder ?? task.name).catch(() => undefined);
  return opened === undefined ? undefined : scaleOf(opened.task.grader);
}
